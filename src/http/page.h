// What a GET is answered with.
#pragma once

#include <string>

namespace certwatch {

struct Page {
  int status = 200;
  std::string content_type;
  std::string body;
};

}  // namespace certwatch
