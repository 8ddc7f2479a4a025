#pragma once

namespace certwatch {

// What somebody wants of a store. With `read` nothing is written, not even tables that are missing.
// An embedded database that is not there, or has other tables than today's, is then an error.
enum class Access { write, read };

}  // namespace certwatch
