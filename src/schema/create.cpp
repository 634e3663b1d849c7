// SPDX-License-Identifier: MIT
#include <roam/schema/create.hpp>
#include <roam/session/execution.hpp>

namespace roam::schema {
namespace {

// PostgreSQL looks whether a table exists before it makes it, and of two who look at once one then
// fails on the catalogue's own index. The number is Roam's alone, and the lock ends with the
// transaction.
void wait_for_others(detail::batch& inside) {
    if (inside.dialect().family == sql::dialect_family::postgresql)
        inside.execute("SELECT pg_advisory_xact_lock(5939120733)");
}

void run_all(std::vector<std::string> const& statements, detail::batch& inside) {
    inside.changes_schema();
    wait_for_others(inside);
    for (auto const& sql : statements)
        inside.execute(sql);
    inside.commit();
}

}  // namespace

void create(std::span<mapping::table const* const> tables, target const& on,
            create_options const& options) {
    detail::batch inside{on};
    run_all(create_statements(tables, inside.dialect(), options), inside);
}

void drop(std::span<mapping::table const* const> tables, target const& on,
          drop_options const& options) {
    detail::batch inside{on};
    run_all(drop_statements(tables, inside.dialect(), options), inside);
}

}  // namespace roam::schema
