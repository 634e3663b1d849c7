// SPDX-License-Identifier: MIT
#include "backend/sql_text.hpp"
#include <roam/error.hpp>

#include <support/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace backend = roam::backend;
using backend::transaction_effect;
using roam::sql::dialect_family;

namespace {

constexpr auto mariadb = dialect_family::mariadb;
constexpr auto postgresql = dialect_family::postgresql;
constexpr auto sqlite = dialect_family::sqlite;

using texts = std::vector<std::string_view>;

}  // namespace

TEST_CASE("several statements are told from one with a ';' at its end or within quotes") {
    for (std::string_view const one :
         {"SELECT 1", "SELECT 1; ", "SELECT ';x'", "SELECT \"a;\\\" b\"", "SELECT `a;b`",
          "SELECT 1 -- ; x\n", "SELECT /* ; x */ 1", "SELECT 1; -- the end", "SELECT 1;;"}) {
        INFO(one);
        CHECK_FALSE(backend::has_several_statements(one, mariadb));
    }
    for (std::string_view const two :
         {"SELECT 1; SELECT 2", "SELECT ';'; x", "a;/* b */c", "SELECT 1 # ;\n; x"}) {
        INFO(two);
        CHECK(backend::has_several_statements(two, mariadb));
    }
}

TEST_CASE("where quoted text ends is the dialect's") {
    CHECK_FALSE(backend::has_several_statements("SELECT $q$;x$q$", postgresql));
    CHECK(backend::has_several_statements("SELECT $q$;x$q$", sqlite));
    CHECK_FALSE(backend::has_several_statements("SELECT E'a\\';b'", postgresql));
    CHECK(backend::has_several_statements("SELECT 'a\\';b", postgresql));
    CHECK_FALSE(backend::has_several_statements("SELECT 'a\\';b'", mariadb));
    CHECK_FALSE(backend::has_several_statements("SELECT /* /* */ ; */ 1", postgresql));
    CHECK(backend::has_several_statements("SELECT /* /* */ ; */ 1", sqlite));
    CHECK_FALSE(backend::has_several_statements("SELECT [a;b]", sqlite));
    CHECK(backend::has_several_statements("SELECT a[1;b]", postgresql));
}

TEST_CASE("a script is taken apart, a trigger of SQLite stays whole") {
    CHECK(backend::statements_of("a; b 'x;y' ;;-- c\n", sqlite) == texts{"a", " b 'x;y' "});
    CHECK(backend::statements_of(" -- nothing\n;", sqlite).empty());
    std::string_view const trigger =
        "CREATE TEMP TRIGGER t AFTER INSERT ON a BEGIN DELETE FROM b; SELECT 1; END";
    std::string const script = std::string{trigger} + "; SELECT 2";
    CHECK(backend::statements_of(script, sqlite) == texts{trigger, " SELECT 2"});
}

TEST_CASE("the columns of a RETURNING clause are counted from the text") {
    auto const columns = [](std::string_view sql) {
        return backend::returned_columns(sql, mariadb);
    };
    CHECK(columns("INSERT INTO t (a) VALUES (?)") == 0);
    CHECK(columns("INSERT INTO t (a) VALUES (?) RETURNING `id`") == 1);
    CHECK(columns("insert into t values (1, 2) returning a, f(b, c), 'x,y'") == 3);
    CHECK(columns("DELETE FROM t RETURNING *") == 1);
    CHECK(columns("INSERT INTO `returning` (`returning`) VALUES (', returning')") == 0);
    CHECK(columns("INSERT INTO not_returning VALUES (1)") == 0);
}

TEST_CASE("a statement's first words say what becomes of the transaction") {
    auto const effect = [](std::string_view sql) { return backend::effect_of(sql, postgresql); };
    CHECK(effect("BEGIN") == transaction_effect::begins);
    CHECK(effect(" /* x */ start  Transaction read only") == transaction_effect::begins);
    CHECK(effect("COMMIT") == transaction_effect::commits);
    CHECK(effect("end") == transaction_effect::commits);
    CHECK(effect("PREPARE TRANSACTION 'x'") == transaction_effect::commits);
    CHECK(effect("ROLLBACK") == transaction_effect::rolls_back);
    CHECK(effect("-- why\nROLLBACK WORK") == transaction_effect::rolls_back);
    CHECK(effect("ROLLBACK TO SAVEPOINT a") == transaction_effect::rolls_back_to);
    CHECK(effect("ROLLBACK TRANSACTION TO a") == transaction_effect::rolls_back_to);
    for (std::string_view const none : {"SAVEPOINT a", "RELEASE a", "SELECT 'BEGIN'", "beginning",
                                        "PREPARE a AS SELECT 1", "CREATE TABLE t (a int)", ""}) {
        INFO(none);
        CHECK(effect(none) == transaction_effect::none);
    }
    CHECK(backend::effect_of("CREATE TABLE t (a int)", mariadb) == transaction_effect::commits);
    CHECK(backend::effect_of("DROP TEMPORARY TABLE t", mariadb) == transaction_effect::none);
}

TEST_CASE("placeholders become plain, and their order is kept") {
    auto const dollar = backend::with_plain_placeholders(
        "SELECT $2, '$1', \"$1\", $1::int, $tag$ $3 $tag$", postgresql);
    CHECK(dollar.sql == "SELECT ?, '$1', \"$1\", ?::int, $tag$ $3 $tag$");
    CHECK(dollar.order == std::vector<std::size_t>{1, 0});
    CHECK(dollar.placeholders == 2);
    auto const again = backend::with_plain_placeholders("SELECT $2, $1, $2", postgresql);
    CHECK(again.sql == "SELECT ?, ?, $1");
    CHECK(again.order == std::vector<std::size_t>{1, 0});
    auto const mark = backend::with_plain_placeholders("SELECT ?2, '?', ?1 -- ?\n", sqlite);
    CHECK(mark.sql == "SELECT ?, '?', ? -- .\n");
    CHECK(mark.order == std::vector<std::size_t>{1, 0});
    CHECK(mark.placeholders == 2);
    auto const plain = backend::with_plain_placeholders("SELECT ?, ?", mariadb);
    CHECK(plain.order.empty());
    CHECK(plain.placeholders == 2);
    CHECK_THROWS_AS(backend::with_plain_placeholders("SELECT a ? $1", postgresql),
                    roam::usage_error);
}

TEST_CASE("the words of a statement are in lower case, without quoted text and comments") {
    using words = std::vector<std::string>;
    CHECK(backend::words_of("SET  LOCAL/* x */ \"Y\".geqo='off' -- z", postgresql) ==
          words{"set", "local", "geqo"});
    CHECK(backend::words_of("SELECT a.B_1($1, $$c$$)", postgresql) ==
          words{"select", "a", "b_1", "1"});
    CHECK(backend::words_of(" ;", postgresql).empty());
}
