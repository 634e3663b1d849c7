// SPDX-License-Identifier: MIT
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <memory>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

namespace {

template <class... Errors>
std::vector<std::string> codes_of() {
    return {std::string{Errors("message").code()}...};
}

template <class Thrown, class Caught>
bool is_caught_as() {
    try {
        throw Thrown("message");
    } catch (Caught const& e) {
        return std::string{e.what()} == "message";
    }
}

}  // namespace

TEST_CASE("an error keeps its message as given and all its details") {
    roam::error_details details;
    details.sqlstate = "23505";
    details.native_code = 2067;
    details.statement = "INSERT INTO \"author\" (\"name\") VALUES (?)";
    details.location = roam::source_location::current();
    details.connection_usable = true;
    details.transaction_usable = false;
    roam::unique_error const e{"the name is taken", details};

    CHECK(std::string{e.what()} == "the name is taken");
    CHECK(e.code() == "unique");
    CHECK(e.sqlstate() == "23505");
    CHECK(e.native_code() == 2067);
    CHECK(e.statement() == details.statement);
    CHECK(e.location().line() == details.location.line());
    CHECK(e.connection_usable());
    CHECK_FALSE(e.transaction_usable());
}

TEST_CASE("an error without details leaves everything usable and unsaid") {
    roam::error const e{"message"};
    CHECK(e.code() == "error");
    CHECK(e.sqlstate().empty());
    CHECK(e.statement().empty());
    CHECK(e.native_code() == 0);
    CHECK(e.connection_usable());
    CHECK(e.transaction_usable());
}

TEST_CASE("copying an error never throws and shares its details") {
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<roam::error>);
    STATIC_REQUIRE(std::is_nothrow_copy_constructible_v<roam::stale_record_error>);
    roam::error_details details;
    details.statement = "COMMIT";
    roam::busy_error const e{"message", details};
    auto const copy = e;  // NOLINT(performance-unnecessary-copy-initialization)
    CHECK(copy.statement().data() == e.statement().data());
}

TEST_CASE("each class of errors has a short code of its own") {
    auto const codes = codes_of<
        roam::error, roam::usage_error, roam::no_session_error, roam::session_closed_error,
        roam::wrong_context_error, roam::session_overlap_error, roam::session_busy_error,
        roam::mapping_error, roam::mapping_conflict_error, roam::url_error, roam::unsupported_error,
        roam::too_late_error, roam::connection_error, roam::connection_lost_error,
        roam::commit_in_doubt_error, roam::pool_timeout_error, roam::pool_closed_error,
        roam::constraint_error, roam::unique_error, roam::foreign_key_error, roam::not_null_error,
        roam::check_error, roam::transient_error, roam::deadlock_error, roam::serialization_error,
        roam::busy_error, roam::read_scope_expired_error, roam::statement_invalidated_error,
        roam::statement_error, roam::missing_table_error, roam::missing_column_error,
        roam::permission_error, roam::timeout_error, roam::cancelled_error, roam::storage_error,
        roam::transaction_failed_error, roam::conversion_error, roam::not_found_error,
        roam::too_many_rows_error, roam::stale_record_error>();
    CHECK(codes.size() == 40);
    CHECK(std::set<std::string>(codes.begin(), codes.end()).size() == codes.size());
    for (auto const& code : codes) {
        INFO(code);
        CHECK_FALSE(code.empty());
        CHECK(code.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos);
    }
}

TEST_CASE("an error is caught as what it is a kind of") {
    CHECK(is_caught_as<roam::unique_error, roam::constraint_error>());
    CHECK(is_caught_as<roam::commit_in_doubt_error, roam::connection_lost_error>());
    CHECK(is_caught_as<roam::commit_in_doubt_error, roam::connection_error>());
    CHECK(is_caught_as<roam::stale_record_error, roam::not_found_error>());
    CHECK(is_caught_as<roam::mapping_conflict_error, roam::usage_error>());
    CHECK(is_caught_as<roam::deadlock_error, roam::transient_error>());
    CHECK(is_caught_as<roam::missing_table_error, roam::statement_error>());
    CHECK(is_caught_as<roam::url_error, roam::error>());
    CHECK(is_caught_as<roam::error, std::runtime_error>());
}
