// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/mapping/table.hpp>

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace roam::mapping {
namespace {

// FNV-1a: no table, no seed that differs from run to run, and the input is a few hundred bytes.
class fnv_hash {
public:
    void add(std::uint64_t number) noexcept {
        for (int i = 0; i < 8; ++i)
            add_byte(static_cast<unsigned char>(number >> (8 * i)));
    }

    // The length goes in first, so that ("ab", "c") and ("a", "bc") differ.
    void add(std::string_view text) noexcept {
        add(text.size());
        for (char c : text)
            add_byte(static_cast<unsigned char>(c));
    }

    std::uint64_t value() const noexcept { return value_; }

private:
    void add_byte(unsigned char byte) noexcept { value_ = (value_ ^ byte) * 0x100000001b3u; }

    std::uint64_t value_ = 0xcbf29ce484222325u;
};

void add_columns(fnv_hash& hash, table const& owner, column_list const& list) noexcept {
    hash.add(list.size);
    for (auto at : list) {
        if (at < owner.columns.size())
            hash.add(owner.columns[at].name);
    }
}

void add_column(fnv_hash& hash, column const& c) noexcept {
    hash.add(c.name);
    hash.add(static_cast<std::uint64_t>(c.type.kind));
    hash.add(static_cast<std::uint64_t>(c.type.element));
    hash.add(c.type.length);
    hash.add(c.type.scale);
    hash.add((c.nullable ? 1u : 0u) | (c.primary_key ? 2u : 0u) | (c.generated ? 4u : 0u) |
             (c.computed ? 8u : 0u) | (c.version ? 16u : 0u) | (c.unique ? 32u : 0u));
    hash.add(c.default_sql);
}

// Of the target only what REFERENCES says: its own references are not followed, they may be
// circular.
void add_foreign_key(fnv_hash& hash, table const& owner, foreign_key const& key) noexcept {
    add_columns(hash, owner, key.columns);
    if (key.target != nullptr) {
        table const& target = key.target();
        hash.add(target.schema);
        hash.add(target.name);
        add_columns(hash, target,
                    key.target_columns.size == 0 ? target.primary_key : key.target_columns);
    }
    hash.add(static_cast<std::uint64_t>(key.on_delete));
    hash.add(static_cast<std::uint64_t>(key.on_update));
}

// A name with a brace or a parenthesis is that of a type local to a function or to an unnamed
// namespace. Each translation unit may have its own, and they may well have the same name.
bool seen_by_one_translation_unit(std::string_view type) noexcept {
    return type.find_first_of("({") != std::string_view::npos;
}

struct known_description {
    std::string table;
    std::uint64_t hash = 0;
};

struct description_registry {
    std::mutex mutex;
    std::map<std::string, known_description, std::less<>> by_type;
};

// Never destroyed: records may be used by the destructors of other static objects.
description_registry& registry() {
    static auto& instance = *new description_registry;
    return instance;
}

std::string full_name(table const& description) {
    std::string name;
    if (!description.schema.empty())
        name.append(description.schema).append(".");
    return name.append(description.name);
}

}  // namespace

std::uint64_t hash_of(table const& description) noexcept {
    fnv_hash hash;
    hash.add(description.schema);
    hash.add(description.name);
    hash.add(description.database);
    hash.add(description.reuse_keys ? 1u : 0u);
    hash.add(description.columns.size());
    for (auto const& c : description.columns)
        add_column(hash, c);
    add_columns(hash, description, description.primary_key);
    hash.add(description.foreign_keys.size());
    for (auto const& key : description.foreign_keys)
        add_foreign_key(hash, description, key);
    hash.add(description.indexes.size());
    for (auto const& i : description.indexes) {
        add_columns(hash, description, i.columns);
        hash.add(i.unique ? 1u : 0u);
        hash.add(i.name);
    }
    hash.add(description.checks.size());
    for (auto const& c : description.checks) {
        hash.add(c.sql);
        hash.add(c.name);
    }
    return hash.value();
}

void register_description(table const& description) {
    if (seen_by_one_translation_unit(description.type))
        return;

    // The members count here too: the same columns filled from other members are other data.
    fnv_hash hash;
    hash.add(hash_of(description));
    for (auto const& c : description.columns)
        hash.add(c.member);

    auto& known = registry();
    std::lock_guard lock{known.mutex};
    auto const found = known.by_type.find(description.type);
    if (found == known.by_type.end()) {
        known.by_type.emplace(std::string{description.type},
                              known_description{full_name(description), hash.value()});
        return;
    }
    if (found->second.hash == hash.value())
        return;

    std::string message = "two translation units describe the record '";
    message.append(description.type).append("' differently: as table '");
    message.append(found->second.table).append("' and as table '");
    message.append(full_name(description)).append("'");
    if (found->second.table == full_name(description)) {
        message.append(" with other columns or constraints");
    }
    message.append(
        "; put ROAM_RECORD beside the struct, in the header that defines it, so that every "
        "file which sees the struct sees its description");
    throw mapping_conflict_error(message);
}

}  // namespace roam::mapping
