// SPDX-License-Identifier: MIT
//
// libpq in pipeline mode: the statements of the baseline, many sent before the first answer is
// read.
#include "raw_libpq_text.hpp"

#include <algorithm>

namespace {

using namespace bench;

// A client that only sends would wait for a server that waits for it to read: so not all at once.
constexpr std::size_t statements_ahead = 256;

void require(PGconn* on, int sent) {
    if (sent != 1)
        throw std::runtime_error{PQerrorMessage(on)};
}

template <class Element>
void send(PGconn* on, char const* name, std::span<Element> all) {
    parameters with;
    for (auto const& each : all) {
        text_codec::encode(with, each);
        require(on, PQsendQueryPrepared(on, name, with.count, with.values.data(),
                                        with.lengths.data(), with.formats.data(), 0));
    }
    require(on, PQpipelineSync(on));
}

template <class Element, class Take>
void run_all(PGconn* on, char const* name, std::span<Element> all, ExecStatusType expected,
             Take const& take) {
    execute(on, "begin");
    require(on, PQenterPipelineMode(on));
    while (!all.empty()) {
        auto const some = all.first(std::min(all.size(), statements_ahead));
        all = all.subspan(some.size());
        send(on, name, some);
        for (auto& each : some) {
            take(checked(on, PQgetResult(on), expected).get(), each);
            PQgetResult(on);  // the null pointer after each statement's results
        }
        checked(on, PQgetResult(on), PGRES_PIPELINE_SYNC);
    }
    require(on, PQexitPipelineMode(on));
    execute(on, "commit");
}

}  // namespace

bench::subject bench::make_subject() {
    auto on = std::make_shared<connection>();
    auto raw = libpq_subject<text_codec>("raw_libpq_pipeline", "text format, pipeline mode", on);
    raw.only = {"W1", "W4k"};
    raw.insert_each = [on](std::span<bench_row> rows) {
        run_all(on->get(), "insert_row", rows, PGRES_TUPLES_OK,
                [](PGresult const* made, bench_row& row) { row.id = text_codec::key(made, 0, 0); });
    };
    raw.update_many = [on](std::span<score_change const> changes) {
        run_all(on->get(), "update_row", changes, PGRES_COMMAND_OK,
                [](PGresult* made, score_change const&) {
                    if (std::string_view{PQcmdTuples(made)} != "1")
                        throw std::runtime_error{"no such row"};
                });
    };
    return raw;
}
