// SPDX-License-Identifier: MIT
#include <roam/schema/create.hpp>
#include <roam/session/execution.hpp>

namespace roam::schema {
namespace {

void run_all(std::vector<std::string> const& statements, detail::batch& inside) {
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
