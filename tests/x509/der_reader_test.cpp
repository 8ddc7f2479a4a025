#include "x509/der_reader.h"

#include "support/catch.h"
#include "support/certificate_builder.h"

namespace certwatch::der {
namespace {

using namespace std::string_literals;

TEST_CASE("elements come one after the other, with header and content") {
  const std::string bytes = "\x02\x01\x05\x04\x02hi\x05\x00"s;
  Reader reader(bytes);
  const auto number = reader.next();
  REQUIRE(number);
  CHECK(number->tag == integer);
  CHECK(number->whole == "\x02\x01\x05");
  CHECK(number->content == "\x05");
  const auto text = reader.next(octet_string);
  REQUIRE(text);
  CHECK(text->content == "hi");
  CHECK_FALSE(reader.next(octet_string));  // another tag: nothing is consumed
  CHECK(reader.rest() == "\x05\x00"s);
  CHECK(reader.next(0x05));
  CHECK(reader.at_end());
  CHECK_FALSE(reader.next());
}

TEST_CASE("a length is definite, in the fewest octets and within its surroundings") {
  struct Row {
    const char* why;
    std::string bytes;
    bool is_element;
  };
  const std::string content_127(127, 'x');
  const std::string content_128(128, 'x');
  const std::string content_255(255, 'x');
  const std::string content_256(256, 'x');
  const std::vector<Row> rows = {
      {"empty content", "\x04\x00"s, true},
      {"the longest short length", "\x04\x7F" + content_127, true},
      {"the shortest long length", "\x04\x81\x80" + content_128, true},
      {"one octet, full", "\x04\x81\xFF" + content_255, true},
      {"two octets", "\x04\x82\x01\x00"s + content_256, true},
      {"no length", "\x04"s, false},
      {"indefinite", "\x30\x80\x00\x00"s, false},
      {"a short length in the long form", "\x04\x81\x7F" + content_127, false},
      {"a leading zero octet", "\x04\x82\x00\x80"s + content_128, false},
      {"length octets missing", "\x04\x82\x01"s, false},
      {"all length octets missing", "\x04\x84"s, false},
      {"one byte short", "\x04\x02x"s, false},
      {"longer than memory", "\x04\x84\xFF\xFF\xFF\xFFx"s, false},
      {"five length octets", "\x04\x85\x01\x00\x00\x00\x00x"s, false},
      {"reserved length", "\x04\xFFx"s, false},
      {"tag number in further octets", "\x1F\x01\x00"s, false},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Reader reader(row.bytes);
    CHECK(reader.next().has_value() == row.is_element);
    CHECK(reader.at_end() == row.is_element);
  }
}

TEST_CASE("a header is what the reader takes for one of that size") {
  for (const std::size_t size : {0U, 1U, 127U, 128U, 255U, 256U, 65535U, 65536U}) {
    const std::string bytes = header(sequence, size) + std::string(size, 'x');
    CHECK(bytes == build::sequence(std::string(size, 'x')));
    const auto element = Reader(bytes).next();
    REQUIRE(element);
    CHECK(element->content.size() == size);
    CHECK(element->whole.size() == bytes.size());
  }
}

}  // namespace
}  // namespace certwatch::der
