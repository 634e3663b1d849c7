// SPDX-License-Identifier: MIT
#include "schema/table_order.hpp"
#include <roam/error.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace roam::schema::detail {
namespace {

using mapping::foreign_key;
using mapping::table;

using full_name = std::pair<std::string_view, std::string_view>;

full_name name_of(table const& t) { return {t.schema, t.name}; }

enum class visit : std::uint8_t { none, begun, done };

// Depth first: a table follows those it refers to. A reference to a table that has been begun and
// is not done closes a circle. The stack is a vector, since a chain of references may be long.
class sorter {
public:
    explicit sorter(std::span<table const* const> tables) {
        for (auto const* t : tables)
            add(*t);
    }

    table_order run() {
        for (auto const& n : nodes_) {
            if (n.state == visit::none)
                walk(*n.described);
        }
        return std::move(order_);
    }

private:
    struct node {
        table const* described = nullptr;
        visit state = visit::none;
        std::size_t next_key = 0;
    };

    void add(table const& t) {
        auto const [at, is_new] = index_.emplace(name_of(t), nodes_.size());
        if (is_new) {
            nodes_.push_back({&t});
            return;
        }
        auto const& other = *nodes_[at->second].described;
        if (&other != &t && mapping::hash_of(other) != mapping::hash_of(t)) {
            throw mapping_conflict_error("the records '" + std::string{other.type} + "' and '" +
                                         std::string{t.type} + "' describe the table '" +
                                         std::string{t.name} + "' differently");
        }
    }

    node* find(foreign_key const& key, table const& owner) {
        if (key.target == nullptr) {
            throw mapping_error("a reference of '" + std::string{owner.type} + "' has no target");
        }
        auto const found = index_.find(name_of(key.target()));
        return found == index_.end() ? nullptr : &nodes_[found->second];
    }

    void walk(table const& root) {
        std::vector<node*> path{&nodes_[index_.at(name_of(root))]};
        path.back()->state = visit::begun;
        while (!path.empty()) {
            node& n = *path.back();
            auto const keys = n.described->foreign_keys;
            if (n.next_key == keys.size()) {
                n.state = visit::done;
                order_.tables.push_back(n.described);
                path.pop_back();
                continue;
            }
            auto const& key = keys[n.next_key++];
            node* target = find(key, *n.described);
            if (target == nullptr || target == &n)
                continue;
            if (target->state == visit::begun)
                order_.closing.push_back({n.described, &key});
            if (target->state == visit::none) {
                target->state = visit::begun;
                path.push_back(target);
            }
        }
    }

    std::vector<node> nodes_;
    std::map<full_name, std::size_t> index_;
    table_order order_;
};

}  // namespace

bool table_order::closes(foreign_key const& key) const {
    return std::any_of(closing.begin(), closing.end(),
                       [&](closing_reference const& c) { return c.key == &key; });
}

bool is_same_table(table const& a, table const& b) { return name_of(a) == name_of(b); }

table_order order_of(std::span<table const* const> tables) { return sorter{tables}.run(); }

}  // namespace roam::schema::detail
