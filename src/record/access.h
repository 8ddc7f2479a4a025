#pragma once

namespace certwatch {

// What somebody wants of a store. `read`: nothing is written, not even what is missing; an embedded
// database that is not there, or has other tables than today's, is an error.
enum class Access { write, read };

}  // namespace certwatch
