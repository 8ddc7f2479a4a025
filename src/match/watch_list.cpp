#include "match/watch_list.h"

#include <algorithm>
#include <random>
#include <utility>

#include "match/domain_name.h"
#include "match/name_arena.h"
#include "match/name_hash.h"
#include "match/name_table.h"
#include "match/suffix_walk.h"

namespace certwatch {
namespace {

using Position = NameArena::Position;

// The names directly below one name: a chain through the arena.
struct Children {
  Position first = 0;
  std::uint32_t count = 0;
  friend bool operator==(const Children&, const Children&) = default;
};

// An entry in Unicode is found by `form` and reported as `entry`.
struct OtherForm {
  Position form = 0;
  Position entry = 0;
};

std::uint64_t random_key(std::random_device& source) {
  return std::uint64_t{source()} << 32 | source();
}

std::string_view parent_of(std::string_view name) {
  return name.substr(name.find('.') + 1);
}

// Makes room for what a certificate's own names hit even where a "*.com" before it hit all it
// could.
constexpr std::size_t most_direct_hits = 2 * most_hits;

void report(std::string_view entry, std::size_t most, Hits& hits) {
  // The names of one certificate tend to hit the same entry one after another.
  if (!hits.entries.empty() && hits.entries.back().data() == entry.data()) return;
  if (hits.entries.size() < most) {
    hits.entries.push_back(entry);
  } else {
    ++hits.left_out;
  }
}

}  // namespace

struct WatchList::Tables {
  explicit Tables(std::size_t expected) : names(expected), parents(expected / 4) {
    std::random_device source;
    hash.start = random_key(source);
    hash.multiplier = random_key(source) | 1U;
  }

  LabelHash hash;
  NameArena arena;
  NameTable<Position> names;      // every form of every entry
  NameTable<Children> parents;    // what is one label shorter than some form
  std::vector<OtherForm> others;  // sorted by form
  std::size_t entries = 0;
  std::size_t longest = 0;

  auto has_text(std::string_view text) const {
    return [this, text](Position at) { return arena.text(at) == text; };
  }
  auto has_parent(std::string_view parent) const {
    return [this, parent](const Children& children) {
      return parent_of(arena.text(children.first)) == parent;
    };
  }

  Position intern(std::string_view form);
  void finish();

  // The name's normal form, walked along.
  template <class OnName, class OnChildren>
  void look_up(std::string_view san, OnName&& on_name, OnChildren&& on_children) const;
  void report_name(Position at, std::size_t most, Hits& hits) const;
  void report_children(const Children& children, Hits& hits) const;
};

// The position of a form, which is added where it is new; 0 where there is no room.
Position WatchList::Tables::intern(std::string_view form) {
  std::uint32_t whole = 0;
  std::uint32_t parent = 0;
  for (SuffixWalk walk(form, longest_watch_entry, hash); walk.next();) {
    parent = std::exchange(whole, walk.hash());
  }
  if (const Position* known = names.find(whole, has_text(form))) return *known;

  const Position at = arena.add(form);
  if (at == 0) return 0;
  names.insert(whole, at);
  if (Children* siblings = parents.find(parent, has_parent(parent_of(form)))) {
    arena.set_sibling(at, std::exchange(siblings->first, at));
    ++siblings->count;
  } else {
    parents.insert(parent, {at, 1});
  }
  longest = std::max(longest, form.size());
  return at;
}

void WatchList::Tables::finish() {
  arena.trim();
  names.finish();
  parents.finish();
  std::sort(others.begin(), others.end(),
            [](const OtherForm& a, const OtherForm& b) { return a.form < b.form; });
  others.shrink_to_fit();
}

// Calls `on_name` with each form that the name is or lies below, shortest first; then `on_children`
// with what a wildcard name covers besides.
template <class OnName, class OnChildren>
void WatchList::Tables::look_up(std::string_view san, OnName&& on_name,
                                OnChildren&& on_children) const {
  std::string_view name = stripped_name(san);
  if (name.empty() || entries == 0) return;
  const bool is_wildcard = name.substr(0, 2) == "*.";
  if (is_wildcard) name.remove_prefix(2);

  for (SuffixWalk walk(name, longest, hash); walk.next();) {
    // No entry has only one label.
    if (!walk.is_one_label()) {
      const Position* at = names.find_fast(walk.hash(), has_text(walk.suffix()));
      if (at != nullptr) on_name(*at);
    }
    if (is_wildcard && walk.is_whole()) {
      const Children* children = parents.find_fast(walk.hash(), has_parent(walk.suffix()));
      if (children != nullptr) on_children(*children);
    }
  }
}

void WatchList::Tables::report_name(Position at, std::size_t most, Hits& hits) const {
  if (arena.is_entry(at)) report(arena.text(at), most, hits);
  if (!arena.is_form(at)) return;
  const auto below = [](const OtherForm& other, Position form) { return other.form < form; };
  for (auto other = std::lower_bound(others.begin(), others.end(), at, below);
       other != others.end() && other->form == at; ++other) {
    report(arena.text(other->entry), most, hits);
  }
}

void WatchList::Tables::report_children(const Children& children, Hits& hits) const {
  std::size_t left = children.count;
  for (Position at = children.first; at != 0 && hits.entries.size() < most_hits;
       at = arena.sibling(at)) {
    report_name(at, most_hits, hits);
    --left;
  }
  hits.left_out += left;
}

WatchList::WatchList(std::unique_ptr<const Tables> tables) : tables_(std::move(tables)) {}
WatchList::~WatchList() = default;
WatchList::WatchList(WatchList&&) noexcept = default;
WatchList& WatchList::operator=(WatchList&&) noexcept = default;

std::size_t WatchList::size() const {
  return tables_->entries;
}

std::size_t WatchList::memory_bytes() const {
  return sizeof(Tables) + tables_->arena.memory_bytes() + tables_->names.memory_bytes() +
         tables_->parents.memory_bytes() + tables_->others.capacity() * sizeof(OtherForm);
}

bool WatchList::find(std::string_view san, Hits& hits) const {
  bool is_hit = false;
  tables_->look_up(
      san,
      [&](Position at) {
        is_hit = true;
        tables_->report_name(at, most_direct_hits, hits);
      },
      [&](const Children& children) {
        is_hit = true;
        tables_->report_children(children, hits);
      });
  return is_hit;
}

WatchListBuilder::WatchListBuilder(std::size_t expected)
    : tables_(std::make_unique<WatchList::Tables>(expected)) {}
WatchListBuilder::~WatchListBuilder() = default;

WatchListBuilder::Added WatchListBuilder::add(std::string_view fqdn) {
  const auto forms = watch_entry_forms(fqdn);
  if (!forms) return Added::invalid;
  WatchList::Tables& tables = *tables_;

  const Position entry = tables.intern(forms->front());
  if (entry == 0) return Added::invalid;
  if (tables.arena.is_entry(entry)) return Added::duplicate;
  tables.arena.set_entry(entry);
  ++tables.entries;
  for (std::size_t i = 1; i < forms->size(); ++i) {
    const Position form = tables.intern((*forms)[i]);
    if (form == 0) continue;  // full: watched as written only
    tables.arena.set_form(form);
    tables.others.push_back({form, entry});
  }
  return Added::entry;
}

WatchList WatchListBuilder::build() && {
  tables_->finish();
  return WatchList(std::move(tables_));
}

}  // namespace certwatch
