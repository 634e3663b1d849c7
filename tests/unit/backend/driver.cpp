// SPDX-License-Identifier: MIT
#include <roam/backend/backend.hpp>
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <string>
#include <vector>

namespace backend = roam::backend;
using roam::mapping::cell;

namespace {

// Only its names are ever asked for.
class named_driver final : public backend::driver {
public:
    named_driver(std::string_view scheme, std::string_view soci_name)
        : scheme_(scheme),
          soci_name_(soci_name) {}

    std::string_view scheme() const noexcept override { return scheme_; }
    std::string_view soci_name() const noexcept override { return soci_name_; }
    std::shared_ptr<backend::connector> configure(backend::url const&) const override {
        return nullptr;
    }
    std::unique_ptr<backend::connection> adopt(soci::session&) const override { return nullptr; }

private:
    std::string_view scheme_;
    std::string_view soci_name_;
};

named_driver const imaginary{"imaginary", "imaginary_soci"};
named_driver const second{"imaginary", "another"};

// Answers a fixed number of rows and records what it is asked to do.
class counted_statement final : public backend::statement {
public:
    counted_statement(std::size_t columns, int rows) : columns_(columns), rows_(rows) {}

    void start(std::span<cell const> parameters) override {
        log.push_back("start " + std::to_string(parameters.size()));
    }
    bool fetch(cell* row) override {
        for (std::size_t i = 0; i < columns_; ++i)
            row[i] = cell::of(roam::mapping::cell_kind::integer, 1);
        log.push_back("fetch");
        return rows_-- > 0;
    }
    std::int64_t affected_rows() const override { return 7; }
    void finish() noexcept override { log.push_back("finish"); }
    std::size_t column_count() const override { return columns_; }
    std::string column_name(std::size_t) const override { return "c"; }
    std::size_t parameter_count() const override { return 0; }

    std::vector<std::string> log;

private:
    std::size_t columns_;
    int rows_;
};

template <class Error, class F>
std::string message_of(F f) {
    try {
        f();
    } catch (Error const& e) {
        return e.what();
    }
    return {};
}

}  // namespace

TEST_CASE("a registered driver is found by its scheme and by its SOCI name") {
    backend::register_driver(imaginary);
    backend::register_driver(imaginary);
    CHECK(&backend::driver_for("imaginary") == &imaginary);
    CHECK(&backend::driver_for_soci("imaginary_soci") == &imaginary);
    CHECK(message_of<roam::usage_error>([] { backend::register_driver(second); }) ==
          "another driver is registered for the URL scheme 'imaginary' already");
}

TEST_CASE("an unknown scheme says what to link and include, or what is known") {
    auto const message = [](std::string_view scheme) {
        return message_of<roam::url_error>([&] { backend::driver_for(scheme); });
    };
    CHECK(message("mysql") ==
          "no driver for 'mysql:' URLs: link roam_mysql (pkg-config roam_mysql) and include "
          "<roam/backend/mysql.hpp>");
    CHECK(message("mariadb") ==
          "no driver for 'mariadb:' URLs: link roam_mysql (pkg-config roam_mysql) and include "
          "<roam/backend/mysql.hpp>");
    CHECK(message("odbc") ==
          "no driver for 'odbc:' URLs: link roam_odbc (pkg-config roam_odbc) and include "
          "<roam/backend/odbc.hpp>");
    backend::register_driver(imaginary);
    CHECK_THAT(message("oracle"), Catch::StartsWith("unknown URL scheme 'oracle'; known: ") &&
                                      Catch::Contains("imaginary"));
    CHECK_THAT(message_of<roam::unsupported_error>([] { backend::driver_for_soci("oracle"); }),
               Catch::StartsWith("no driver for sessions of SOCI's 'oracle'; known: "));
}

TEST_CASE("running a statement reads all its rows, counts and finishes") {
    for (std::size_t columns : {0u, 1u, 16u, 17u, 1000u}) {
        INFO(columns);
        counted_statement s{columns, 2};
        std::vector<cell> const parameters(3);
        CHECK(s.run(parameters) == 7);
        CHECK(s.log == std::vector<std::string>{"start 3", "fetch", "fetch", "fetch", "finish"});
    }
}
