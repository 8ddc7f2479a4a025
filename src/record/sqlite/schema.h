#pragma once

namespace certwatch::sqlite {

// Of the tables below; kept in the file (PRAGMA user_version). 1 and 2 kept deliveries in alerts.
inline constexpr int schema_version = 3;

// Creates what is missing.
extern const char* const schema;

// Over tables of version 1 or 2: the first half before `schema`, the second half after it.
extern const char* const put_aside;
extern const char* const take_over;

}  // namespace certwatch::sqlite
