// SPDX-License-Identifier: MIT
#include <roam/error.hpp>
#include <roam/schema/create.hpp>
#include <roam/session/execution.hpp>
#include <roam/session/route_request.hpp>

#include <algorithm>

namespace roam::schema {
namespace {

// PostgreSQL looks whether a table exists before it makes it, and of two who look at once one then
// fails on the catalogue's own index. The number is Roam's alone, and the lock ends with the
// transaction.
void wait_for_others(detail::batch& inside) {
    if (inside.dialect().family == sql::dialect_family::postgresql)
        inside.execute("SELECT pg_advisory_xact_lock(5939120733)");
}

/// Tables of several databases are one schema only where it is said which database gets them.
bool have_route(std::span<mapping::table const* const> tables, target const& on) {
    if (tables.empty())
        return false;
    auto const& first = *tables.front();
    auto const stray = std::find_if(tables.begin(), tables.end(),
                                    [&](auto const* t) { return t->database != first.database; });
    if (stray == tables.end())
        return !first.database.empty();
    if (on.is_explicit())
        return false;
    throw usage_error(std::string{first.type} + " and " + std::string{(*stray)->type} +
                      " belong to different databases: create or drop their tables one by one, or "
                      "name the database");
}

template <class Write>
void run(std::span<mapping::table const* const> tables, target const& on, Write write) {
    static constexpr mapping::table none;
    detail::routing const routed{on, tables.empty() ? none : *tables.front(), true};
    detail::batch inside{have_route(tables, on) ? target{routed} : on};
    inside.changes_schema();
    wait_for_others(inside);
    for (auto const& sql : write(inside.dialect()))
        inside.execute(sql);
    inside.commit();
}

}  // namespace

void create(std::span<mapping::table const* const> tables, target const& on,
            create_options const& options) {
    run(tables, on, [&](sql::dialect const& d) { return create_statements(tables, d, options); });
}

void drop(std::span<mapping::table const* const> tables, target const& on,
          drop_options const& options) {
    run(tables, on, [&](sql::dialect const& d) { return drop_statements(tables, d, options); });
}

}  // namespace roam::schema
