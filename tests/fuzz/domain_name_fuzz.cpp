// Rows of a watch list: whatever is accepted must be fit to be compared.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/text.h"
#include "match/domain_name.h"

namespace {

bool is_fit(const std::string& form) {
  return form.size() <= certwatch::longest_watch_entry && form == certwatch::lower(form) &&
         form.find('.') != std::string::npos && form.front() != '.' && form.back() != '.' &&
         form.find("..") == std::string::npos && form.find('*') == std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view row(reinterpret_cast<const char*>(bytes), size);
  const auto forms = certwatch::watch_entry_forms(row);
  const bool is_told = forms ? !forms->empty() && forms->size() <= 2 &&
                                   std::all_of(forms->begin(), forms->end(), is_fit)
                             : !forms.error().message.empty();
  if (!is_told) std::abort();
  return 0;
}
