#pragma once

namespace certwatch::sqlite {

// Of the tables below; kept in the file (PRAGMA user_version). 1: without the index alerts_untold.
inline constexpr int schema_version = 2;
// Creates what is missing.
extern const char* const schema;

}  // namespace certwatch::sqlite
