// SPDX-License-Identifier: MIT
#pragma once

// COPY FROM STDIN, which brings no keys back.

#include "raw_libpq.hpp"

namespace bench {

/// Sends a COPY in pieces.
class copy {
public:
    copy(PGconn* on, char const* sql) : on_{on} { checked(on, PQexec(on, sql), PGRES_COPY_IN); }

    /// What is to be sent next; append to it.
    std::string& buffer() { return buffer_; }

    /// To call after each row.
    void flush_if_full() {
        if (buffer_.size() >= piece)
            flush();
    }

    void finish() {
        flush();
        require(PQputCopyEnd(on_, nullptr));
        checked(on_, PQgetResult(on_), PGRES_COMMAND_OK);
        PQgetResult(on_);  // the null pointer after the results
    }

private:
    static constexpr std::size_t piece = 1 << 16;

    void flush() {
        require(PQputCopyData(on_, buffer_.data(), static_cast<int>(buffer_.size())));
        buffer_.clear();
    }

    void require(int sent) {
        if (sent != 1)
            throw std::runtime_error{PQerrorMessage(on_)};
    }

    PGconn* on_;
    std::string buffer_;
};

/// A subject that does W1u only, by `insert`.
template <class Codec>
subject copy_subject(std::string name, std::string const& format,
                     void (*insert)(PGconn*, std::span<bench_row>)) {
    auto on = std::make_shared<connection>();
    auto raw = libpq_subject<Codec>(std::move(name), format, on);
    raw.only = {"W1u"};
    raw.insert_unread = [on, insert](std::span<bench_row> rows) { insert(on->get(), rows); };
    return raw;
}

}  // namespace bench
