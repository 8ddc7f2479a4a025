#include "decode/certstream_walk.h"

#include <algorithm>
#include <initializer_list>
#include <new>
#include <simdjson.h>
#include <utility>

#include "decode/json_token.h"

namespace certwatch {
namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;
using simdjson::SUCCESS;
using Extent = CertstreamWalk::Extent;

static_assert(message_padding >= simdjson::SIMDJSON_PADDING);

constexpr std::size_t first_capacity = std::size_t{64} << 10;

// A member's name as it stands. Stage 1 has seen to it that its closing quote is in the message,
// and comparing ends there at the latest.
class Key {
 public:
  explicit Key(const char* inside) : inside_(inside) {}

  bool operator==(std::string_view name) const {
    const char* at = inside_;
    for (const char c : name) {
      if (*at != c) return *at == '\\' && means(whole(), name);
      ++at;
    }
    return *at == '"';
  }

 private:
  std::string_view whole() const {
    const char* end = inside_;
    while (*end != '"') end += *end == '\\' ? 2 : 1;
    return {inside_, static_cast<std::size_t>(end - inside_)};
  }

  const char* inside_;
};

struct Value {
  ondemand::value value;
  std::string_view token;
  bool opens(char bracket) const { return token.front() == bracket; }
};

// One way through one message: calls itself back for what is nested and wanted, never deeper than
// the five levels there are; ends at the first error and touches nothing after it: what simdjson
// would do then is undefined.
class Walker {
 public:
  Walker(std::string_view text, Extent extent, CertstreamTokens& tokens)
      : text_(text), extent_(extent), tokens_(tokens) {}

  error_code message(ondemand::document& document);

 private:
  struct Wanted {
    std::string_view name;
    std::string_view* token;
  };

  error_code body(const Value& value);
  error_code leaf(const Value& value);
  error_code names(const Value& value);
  error_code issuer(const Value& value);
  error_code chain(const Value& value);
  error_code source(const Value& value);
  static error_code keep(Key key, const Value& value, std::initializer_list<Wanted> wanted);

  bool is_inside(const char* at) const {
    return at >= text_.data() && at < text_.data() + text_.size();
  }
  error_code check(ondemand::value value, Value& checked) const;

  // Calls `visit` with key and value of each member.
  template <class Visit>
  error_code each_member(ondemand::object object, Visit&& visit) const {
    for (auto member : object) {
      ondemand::field field;
      if (const error_code error = std::move(member).get(field)) return error;
      const char* const key = field.key().raw();
      if (!is_inside(key)) return simdjson::TAPE_ERROR;
      Value value;
      if (const error_code error = check(field.value(), value)) return error;
      if (const error_code error = visit(Key(key), value)) return error;
    }
    return SUCCESS;
  }

  // The same for what may be an object; of anything else, nothing is visited.
  template <class Visit>
  error_code each_member(const Value& value, Visit&& visit) const {
    if (!value.opens('{')) return SUCCESS;
    ondemand::object object;
    if (const error_code error = ondemand::value(value.value).get_object().get(object))
      return error;
    return each_member(object, std::forward<Visit>(visit));
  }

  template <class Visit>
  error_code each_element(const Value& value, Visit&& visit) const {
    if (!value.opens('[')) return SUCCESS;
    ondemand::array array;
    if (const error_code error = ondemand::value(value.value).get_array().get(array)) return error;
    for (auto each : array) {
      ondemand::value unchecked;
      if (const error_code error = std::move(each).get(unchecked)) return error;
      Value element;
      if (const error_code error = check(unchecked, element)) return error;
      if (const error_code error = visit(element)) return error;
    }
    return SUCCESS;
  }

  std::string_view text_;
  Extent extent_;
  CertstreamTokens& tokens_;
};

// Of a malformed message simdjson hands out values that are none, takes a string before a colon for
// a key, and runs past the end: with what lies there, one message would be read in several ways.
error_code Walker::check(ondemand::value value, Value& checked) const {
  checked = {value, value.raw_json_token()};
  const std::string_view token = checked.token;
  if (token.empty() || !is_inside(token.data())) return simdjson::TAPE_ERROR;
  const auto room = static_cast<std::size_t>(text_.data() + text_.size() - token.data());
  if (token.size() >= room) return simdjson::TAPE_ERROR;
  const auto is_any_of = [](char c, char x, char y, char z) { return c == x || c == y || c == z; };
  const char first = token.front();
  if (first == '{' || first == '[') return SUCCESS;
  const bool is_value = first != ':' && !is_any_of(first, ',', '}', ']') &&
                        is_any_of(token.data()[token.size()], ',', '}', ']');
  return is_value ? SUCCESS : simdjson::TAPE_ERROR;
}

error_code Walker::keep(Key key, const Value& value, std::initializer_list<Wanted> wanted) {
  for (const Wanted& each : wanted) {
    if (key == each.name) {
      *each.token = value.token;
      break;
    }
  }
  return SUCCESS;
}

error_code Walker::message(ondemand::document& document) {
  ondemand::object object;
  if (const error_code error = document.get_object().get(object)) return error;
  const error_code error = each_member(object, [this](Key key, const Value& value) {
    if (key == "data") return body(value);
    return keep(key, value, {{"message_type", &tokens_.message_type}});
  });
  if (error) return error;
  // Two messages in one: to read only the first would hide the second.
  const bool is_at_end = document.current_location().error() == simdjson::OUT_OF_BOUNDS;
  return is_at_end ? SUCCESS : simdjson::TAPE_ERROR;
}

error_code Walker::body(const Value& value) {
  CertstreamTokens::Body& found = tokens_.body = {};
  tokens_.all_domains.clear();
  return each_member(value, [this, &found](Key key, const Value& member) {
    if (key == "leaf_cert") return leaf(member);
    if (key == "source") return source(member);
    if (key == "cert_index") return keep(key, member, {{"cert_index", &found.cert_index}});
    if (extent_ == Extent::names) return SUCCESS;
    if (key == "chain") return chain(member);
    return keep(key, member,
                {{"update_type", &found.update_type},
                 {"cert_link", &found.cert_link},
                 {"seen", &found.seen}});
  });
}

error_code Walker::leaf(const Value& value) {
  CertstreamTokens::Leaf& found = tokens_.body.leaf = {};
  tokens_.all_domains.clear();
  return each_member(value, [this, &found](Key key, const Value& member) {
    if (key == "all_domains") return names(member);
    if (extent_ == Extent::names) return SUCCESS;
    if (key == "issuer") return issuer(member);
    return keep(key, member,
                {{"fingerprint", &found.fingerprint},
                 {"sha256", &found.sha256},
                 {"serial_number", &found.serial_number},
                 {"not_before", &found.not_before},
                 {"not_after", &found.not_after},
                 {"as_der", &found.as_der}});
  });
}

error_code Walker::names(const Value& value) {
  tokens_.all_domains.clear();
  return each_element(value, [this](const Value& element) {
    tokens_.all_domains.push_back(element.token);
    return SUCCESS;
  });
}

error_code Walker::issuer(const Value& value) {
  CertstreamTokens::Leaf& found = tokens_.body.leaf;
  found.issuer_o = found.issuer_cn = found.issuer_aggregated = {};
  return each_member(value, [&found](Key key, const Value& member) {
    return keep(key, member,
                {{"O", &found.issuer_o},
                 {"CN", &found.issuer_cn},
                 {"aggregated", &found.issuer_aggregated}});
  });
}

error_code Walker::chain(const Value& value) {
  std::string_view& found = tokens_.body.issuer_der = {};
  bool is_first = true;
  return each_element(value, [&](const Value& element) {
    if (!std::exchange(is_first, false)) return SUCCESS;
    return each_member(element, [&found](Key key, const Value& member) {
      return keep(key, member, {{"as_der", &found}});
    });
  });
}

error_code Walker::source(const Value& value) {
  CertstreamTokens::Body& found = tokens_.body;
  found.source_name = found.source_url = {};
  return each_member(value, [&found](Key key, const Value& member) {
    return keep(key, member, {{"url", &found.source_url}, {"name", &found.source_name}});
  });
}

Undecodable why(error_code error, std::string_view text) {
  if (error == simdjson::MEMALLOC) throw std::bad_alloc();
  // simdjson's versions differ in which of several flaws they name first.
  const bool is_utf8 = simdjson::validate_utf8(text.data(), text.size());
  return is_utf8 ? Undecodable::invalid_json : Undecodable::invalid_utf8;
}

}  // namespace

struct CertstreamWalk::Parser {
  std::unique_ptr<ondemand::parser> parser = std::make_unique<ondemand::parser>();

  error_code make_ready(std::size_t bytes) {
    if (parser->capacity() > most_kept_bytes && bytes <= most_kept_bytes) {
      parser = std::make_unique<ondemand::parser>();
    }
    if (parser->capacity() >= bytes && parser->capacity() > 0) return SUCCESS;
    return parser->allocate(std::max(first_capacity, buffer_size(bytes)));
  }
};

CertstreamWalk::CertstreamWalk() : parser_(std::make_unique<Parser>()) {}
CertstreamWalk::~CertstreamWalk() = default;

Result<void, Undecodable> CertstreamWalk::walk(const Message& message, Extent extent) {
  tokens_.message_type = {};
  tokens_.body = {};
  std::vector<std::string_view>& names = tokens_.all_domains;
  names.clear();
  std::string_view text(message.bytes, message.size);
  if (names.capacity() * sizeof(names[0]) > most_kept_bytes && text.size() <= most_kept_bytes) {
    names.shrink_to_fit();
  }
  // Newer versions of simdjson pass over a byte order mark, older ones do not.
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.substr(0, 3) == byte_order_mark) text.remove_prefix(3);
  const std::size_t start = text.find_first_not_of(" \t\n\r");
  if (start == std::string_view::npos) return tl::unexpected(Undecodable::empty);
  if (text.substr(0, 3) == byte_order_mark) return tl::unexpected(Undecodable::invalid_json);
  // A long list of names grows to its size at once, rather than by doubling.
  if (text.size() > most_kept_bytes) {
    names.reserve(1 + static_cast<std::size_t>(std::count(text.begin(), text.end(), ',')));
  }

  ondemand::document document;
  error_code error = parser_->make_ready(text.size());
  if (!error) {
    error = parser_->parser->iterate(text.data(), text.size(), text.size() + message_padding)
                .get(document);
  }
  if (!error && text[start] != '{') return tl::unexpected(Undecodable::not_an_object);
  if (!error) error = Walker(text, extent, tokens_).message(document);
  if (error) return tl::unexpected(why(error, text));
  return {};
}

}  // namespace certwatch
