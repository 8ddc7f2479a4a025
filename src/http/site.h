// The pages over HTTP/1.1, by cpp-httplib, away from any socket: the bytes of a request come in,
// those of its answer go out. GET and HEAD, nothing else; every answer ends its connection.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "http/page.h"

namespace certwatch {

// Called on several threads at a time. Must not block. What it throws becomes a page 500 that tells
// nothing.
using PageMaker = std::function<Page()>;

class Site {
 public:
  // `pages`: path to maker.
  explicit Site(const std::map<std::string, PageMaker>& pages);
  ~Site();
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  // From any thread. `request` holds the whole head; what is missing of a body is taken as cut off.
  // Throws only where something is wrong beyond the page makers.
  std::string answer(const std::string& request);

 private:
  class Library;
  const std::unique_ptr<Library> library_;
};

}  // namespace certwatch
