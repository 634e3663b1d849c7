// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/record/detail/projection.hpp>
#include <roam/record/detail/text.hpp>
#include <roam/record/set.hpp>

#include <algorithm>

namespace roam::record_detail {
namespace {

std::vector<std::string> names_of(mapping::table const& t, mapping::column_set set) {
    std::vector<std::string> names;
    for (auto const& c : t.columns) {
        if (mapping::belongs(c, set))
            names.emplace_back(c.name);
    }
    return names;
}

sql::expression equals_parameter(mapping::column const& c) {
    return sql::expression::apply(sql::operation::equal, {sql::expression::column(c.name),
                                                          sql::expression::parameter(c.type.kind)});
}

/// Key columns, and the version's if the table has one and `with_version` asks for it.
std::vector<sql::expression> where_key(mapping::table const& t, bool with_version) {
    std::vector<sql::expression> where;
    for (auto const& c : t.columns) {  // in the table's order, in which records store their cells
        if (c.primary_key)
            where.push_back(equals_parameter(c));
    }
    if (auto const* v = t.version_column(); v && with_version)
        where.push_back(equals_parameter(*v));
    return where;
}

bool is_declared_unique(mapping::table const& t, mapping::column_list const& target) {
    auto const same = [&](mapping::column_list const& other) {
        if (other.size != target.size)
            return false;
        for (auto c : target) {
            if (!other.contains(c))
                return false;
        }
        return true;
    };
    if (same(t.primary_key))
        return true;
    for (auto const& i : t.indexes) {
        if (i.unique && same(i.columns))
            return true;
    }
    return false;
}

}  // namespace

namespace {

// ON DUPLICATE KEY names no target: it must have no choice (D11).
void require_only_target(mapping::table const& t, mapping::column_list const& target,
                         bool sends_key) {
    auto const same = [&](mapping::column_list const& other) {
        return other.size == target.size &&
               std::all_of(other.begin(), other.end(), [&](auto c) { return target.contains(c); });
    };
    bool const made_key = t.generated_key() != nullptr && !sends_key;
    bool only = made_key || t.primary_key.size == 0 || same(t.primary_key);
    for (auto const& i : t.indexes)
        only = only && (!i.unique || same(i.columns));
    for (std::uint16_t i = 0; i < t.columns.size(); ++i)
        only = only && (!t.columns[i].unique || (target.size == 1 && target.contains(i)));
    if (only)
        return;
    throw unsupported_error("upsert into " + std::string{t.name} +
                            ": the table has another unique constraint, and MySQL's ON DUPLICATE "
                            "KEY would update the row of whichever is violated");
}

}  // namespace

std::vector<sql::selected> select_list(mapping::table const& t, bool qualified) {
    std::vector<sql::selected> list;
    for (std::uint16_t i = 0; i < t.columns.size(); ++i) {
        auto column = sql::expression::column(t, i);
        if (!qualified)
            column.qualifier.clear();
        append(list, std::move(column));
    }
    return list;
}

void unqualify(sql::expression& e) {
    e.qualifier.clear();
    for (auto& child : e.children)
        unqualify(child);
}

void finish(sql::select_statement& s) {
    if (!s.joins.empty())
        return;
    for (auto& c : s.columns)
        unqualify(c.value);
    for (auto& e : s.where)
        unqualify(e);
    for (auto& e : s.group_by)
        unqualify(e);
    for (auto& e : s.having)
        unqualify(e);
    for (auto& o : s.order_by)
        unqualify(o.by);
}

namespace {

sql::insert_statement insert_of(mapping::table const& t, mapping::column_set sent,
                                mapping::column_set read) {
    sql::insert_statement s;
    s.table = sql::name_of(t);
    s.columns = names_of(t, sent);
    for (auto const& c : t.columns) {
        if (mapping::belongs(c, sent))
            s.types.push_back(c.type);
        if (c.generated && mapping::belongs(c, sent))
            s.overriding_system_value = true;
    }
    s.returning = names_of(t, read);
    return s;
}

}  // namespace

std::string insert_text(mapping::table const& t, mapping::column_set sent, mapping::column_set read,
                        std::size_t rows, sql::dialect const& d) {
    auto s = insert_of(t, sent, read);
    s.rows = rows;
    return render(s, d);
}

std::string insert_arrays_text(mapping::table const& t, mapping::column_set sent,
                               mapping::column_set read, sql::dialect const& d) {
    auto s = insert_of(t, sent, read);
    s.from_arrays = true;
    return render(s, d);
}

std::string copy_text(mapping::table const& t, mapping::column_set sent, sql::dialect const& d) {
    auto s = insert_of(t, sent, mapping::column_set::none);
    s.copied = true;
    return render(s, d);
}

std::string upsert_text(mapping::table const& t, mapping::column_list const& target,
                        sql::dialect const& d) {
    if (!is_declared_unique(t, target)) {
        throw mapping_error("upsert into " + std::string{t.name} +
                            ": the conflict target is neither the primary key nor a declared "
                            "unique<> of the record");
    }
    bool const by_key = t.primary_key.size != 0 && t.columns[t.primary_key.at[0]].generated &&
                        target.contains(t.primary_key.at[0]);
    auto const sent =
        by_key ? mapping::column_set::sent_with_key : mapping::column_set::sent_by_insert;
    sql::insert_statement s;
    s.table = sql::name_of(t);
    s.columns = names_of(t, sent);
    for (auto const& c : t.columns) {
        if (mapping::belongs(c, sent))
            s.types.push_back(c.type);
    }
    s.overriding_system_value = by_key;
    s.update_on_conflict = true;
    if (is_mysql(d.family)) {
        require_only_target(t, target, by_key);
    } else {
        for (auto c : target)
            s.conflict.target.emplace_back(t.columns[c].name);
    }
    for (std::uint16_t i = 0; i < t.columns.size(); ++i) {
        auto const& c = t.columns[i];
        if (!mapping::belongs(c, sent) || target.contains(i) || c.primary_key)
            continue;
        // The row's own counter goes on, so that a copy of the row before fails its check.
        (c.version ? s.conflict.count_up : s.conflict.update).emplace_back(c.name);
    }
    // Nothing to change: the target's own value again, so that the row counts and is returned.
    if (s.conflict.update.empty() && s.conflict.count_up.empty())
        s.conflict.update.emplace_back(t.columns[target.at[0]].name);
    s.returning = names_of(t, mapping::column_set::read_after_upsert);
    return render(s, d);
}

std::string update_text(mapping::table const& t, std::span<std::uint16_t const> columns,
                        sql::dialect const& d) {
    sql::update_statement s;
    s.table = sql::name_of(t);
    for (auto i : columns) {
        auto const& c = t.columns[i];
        s.set.push_back({std::string{c.name}, sql::expression::parameter(c.type.kind)});
    }
    if (auto const* v = t.version_column()) {
        s.set.push_back(
            {std::string{v->name},
             sql::expression::apply(sql::operation::add, {sql::expression::column(v->name),
                                                          sql::expression::literal("1")})});
    }
    s.where = where_key(t, true);
    if (s.set.empty()) {
        throw mapping_error("update of " + std::string{t.name} +
                            ": there is no column to write besides the key");
    }
    if (d.can(sql::capability::returning_update))
        s.returning = names_of(t, mapping::column_set::read_after_keyed_insert);
    return render(s, d);
}

std::string computed_text(mapping::table const& t, sql::dialect const& d) {
    sql::select_statement s;
    for (auto const& name : names_of(t, mapping::column_set::read_after_keyed_insert))
        s.columns.push_back({sql::expression::column(name), {}});
    s.from = sql::name_of(t);
    s.where = where_key(t, false);
    return render(s, d);
}

std::string remove_text(mapping::table const& t, sql::dialect const& d) {
    sql::delete_statement s;
    s.table = sql::name_of(t);
    s.where = where_key(t, true);
    return render(s, d);
}

std::string find_text(mapping::table const& t, sql::dialect const& d) {
    sql::select_statement s;
    s.columns = select_list(t);
    s.from = sql::name_of(t);
    s.where = where_key(t, false);
    return render(s, d);
}

namespace {

sql::select_statement find_where(mapping::table const& t, sql::expression condition) {
    sql::select_statement s;
    s.columns = select_list(t);
    s.from = sql::name_of(t);
    s.where.push_back(std::move(condition));
    return s;
}

}  // namespace

std::string find_by_array_text(mapping::table const& t, sql::dialect const& d) {
    auto const& key = t.columns[t.primary_key.at[0]];
    // Without a type of its own the parameter takes the column's.
    auto any =
        sql::expression::function("ANY", {sql::expression::parameter(mapping::type_kind::array)});
    std::vector<sql::expression> sides{sql::expression::column(key.name), std::move(any)};
    return render(find_where(t, sql::expression::apply(sql::operation::equal, std::move(sides))),
                  d);
}

std::string find_by_list_text(mapping::table const& t, std::size_t keys, sql::dialect const& d) {
    auto const& key = t.columns[t.primary_key.at[0]];
    std::vector<sql::expression> list(keys + 1, sql::expression::parameter(key.type.kind));
    list[0] = sql::expression::column(key.name);
    return render(find_where(t, sql::expression::apply(sql::operation::in, std::move(list))), d);
}

std::string exists_text(mapping::table const& t, sql::dialect const& d) {
    sql::select_statement s;
    s.exists_only = true;
    s.from = sql::name_of(t);
    s.where = where_key(t, false);
    return render(s, d);
}

void throw_result_error(std::size_t column, mapping::load_status status,
                        mapping::cell const& found) {
    std::string message = "result column " + std::to_string(column + 1) + ": ";
    std::string const kind{mapping::name_of(found.kind)};
    switch (status) {
        case mapping::load_status::null:
            message += "NULL, and the type asked for is not a std::optional";
            break;
        case mapping::load_status::wrong_kind:
            message += "it holds " + kind + ", which the type asked for cannot take";
            break;
        case mapping::load_status::out_of_range:
            message += "its " + kind + " is out of range for the type asked for";
            break;
        default:
            message += "its " + kind + " does not spell a value of the type asked for";
    }
    throw conversion_error(message);
}

void throw_every_row(mapping::table const& t, char const* verb) {
    throw usage_error(std::string{verb} + " of every row of " + std::string{t.name} +
                      " must be asked for: add where() or every_row()");
}

void throw_stale(mapping::table const& t, char const* verb) {
    std::string message = std::string{verb} + " of " + std::string{t.type} +
                          " matched no row: " + std::string{t.name} + " has none with this key";
    if (t.version_column())
        message += " and version; somebody else changed or removed it";
    throw stale_record_error(message);
}

void throw_not_found(mapping::table const& t) {
    throw not_found_error("no row of " + std::string{t.name} + " has this key");
}

void throw_not_found(mapping::table const& t, std::size_t keys) {
    throw not_found_error(std::to_string(keys) + " of the keys " + (keys == 1 ? "has" : "have") +
                          " no row of " + std::string{t.name});
}

void throw_too_many(char const* asked) {
    throw too_many_rows_error(std::string{"more than one row came back where "} + asked +
                              " was asked for");
}

}  // namespace roam::record_detail
