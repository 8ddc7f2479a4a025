#include "prepared.h"

#include <array>

#include "random.h"

namespace certwatch::bench {
namespace {

std::string letters(Random& random, std::size_t least, std::size_t most) {
  std::string text;
  const std::size_t size = least + random.below(most - least + 1);
  while (text.size() < size) text += static_cast<char>('a' + random.below(26));
  return text;
}

}  // namespace

PreparedMessages::PreparedMessages(const std::vector<std::string>& messages) {
  for (const std::string& message : messages) {
    spans_.push_back({memory_.size(), message.size()});
    memory_.append(message).append(message_padding, '\0');
    bytes_ += message.size();
  }
}

Message PreparedMessages::operator[](std::size_t index) {
  return {memory_.data() + spans_[index].begin, spans_[index].size, {}, {}};
}

WatchList watch_list_of(std::size_t entries) {
  constexpr std::array endings{".com", ".org", ".net", ".de", ".co.uk", ".io", ".fr", ".com.br"};
  Random random(entries);
  WatchListBuilder builder(entries);
  for (std::size_t added = 0; added < entries;) {
    const std::string domain = letters(random, 8, 16) + endings[random.below(endings.size())];
    if (builder.add(domain) == WatchListBuilder::Added::entry) ++added;
    if (added < entries && random.below(2) == 0) {
      if (builder.add("www." + domain) == WatchListBuilder::Added::entry) ++added;
    }
    if (added < entries && random.below(2) == 0) {
      const std::string tenant = letters(random, 4, 10) + "." + domain;
      if (builder.add(tenant) == WatchListBuilder::Added::entry) ++added;
    }
  }
  return std::move(builder).build();
}

}  // namespace certwatch::bench
