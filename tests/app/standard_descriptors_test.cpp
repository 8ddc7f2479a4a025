#include "app/standard_descriptors.h"

#include <algorithm>
#include <array>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

#include "support/catch.h"

namespace certwatch {
namespace {

bool is_null_device(int descriptor) {
  const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
  std::array<char, 64> target{};
  const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
  return size > 0 && std::string_view(target.data(), static_cast<std::size_t>(size)) == "/dev/null";
}

// In a process of its own: 0 where all is as it should be, else a bit for each descriptor.
int wrong_after_closing(const std::vector<int>& closed) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    const int other = ::open("/", O_RDONLY | O_DIRECTORY);
    for (const int descriptor : {0, 1, 2}) ::dup2(other, descriptor);
    for (const int descriptor : closed) ::close(descriptor);
    open_missing_descriptors();
    int wrong = ::open("/dev/null", O_RDONLY) > 2 ? 0 : 8;
    for (const int descriptor : {0, 1, 2}) {
      const bool was_closed = std::find(closed.begin(), closed.end(), descriptor) != closed.end();
      if (is_null_device(descriptor) != was_closed) wrong |= 1 << descriptor;
    }
    ::_exit(wrong);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  return WEXITSTATUS(status);
}

TEST_CASE("what is closed of the standard descriptors is opened, what is open is left alone") {
  CHECK(wrong_after_closing({}) == 0);
  CHECK(wrong_after_closing({0, 1, 2}) == 0);
  CHECK(wrong_after_closing({0}) == 0);
  CHECK(wrong_after_closing({1}) == 0);
  CHECK(wrong_after_closing({2}) == 0);
  CHECK(wrong_after_closing({0, 2}) == 0);
}

}  // namespace
}  // namespace certwatch
