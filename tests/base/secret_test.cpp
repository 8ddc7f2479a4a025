#include "base/secret.h"

#include <sstream>

#include "base/log.h"
#include "support/catch.h"

namespace certwatch {
namespace {

TEST_CASE("a secret prints as stars and is handed out only by name") {
  const Secret secret("postgres://user:password@host/db");
  std::ostringstream printed;
  printed << secret << ' ' << Secret();
  CHECK(printed.str() == "*** ***");
  CHECK(secret.reveal() == "postgres://user:password@host/db");
  CHECK_FALSE(secret.empty());
  CHECK(Secret().empty());
}

TEST_CASE("a secret gets nowhere by itself") {
  CHECK_FALSE(std::is_convertible_v<Secret, std::string>);
  CHECK_FALSE(std::is_convertible_v<Secret, std::string_view>);
  CHECK_FALSE(std::is_convertible_v<std::string, Secret>);
  CHECK_FALSE(std::is_constructible_v<log::Field, std::string_view, Secret>);
}

}  // namespace
}  // namespace certwatch
