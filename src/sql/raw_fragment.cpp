// SPDX-License-Identifier: MIT
#include "sql/raw_fragment.hpp"
#include <roam/error.hpp>

namespace roam::sql::detail {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Knows where quoted text and comments end, which each family of dialects decides differently.
class scanner {
public:
    scanner(std::string& out, std::string_view sql, dialect const& d,
            std::function<void()> const& on_placeholder)
        : out_(out),
          sql_(sql),
          on_placeholder_(on_placeholder),
          family_(d.family) {}

    std::size_t run() {
        if (sql_.find('\0') != npos)
            fail("contains a NUL byte");
        while (at_ < sql_.size()) {
            auto const end = end_of_opaque();
            if (end > at_) {
                copy_to(end);
            } else {
                one();
            }
        }
        if (depth_ > 0)
            fail("leaves a '(' open");
        if (in_line_comment_)
            out_.push_back('\n');
        return placeholders_;
    }

private:
    [[noreturn]] void fail(std::string_view what) const {
        throw usage_error("the SQL fragment " + std::string{what} + ": " + std::string{sql_});
    }

    void copy_to(std::size_t end) {
        out_.append(sql_.substr(at_, end - at_));
        at_ = end;
    }

    char peek(std::size_t ahead) const {
        return at_ + ahead < sql_.size() ? sql_[at_ + ahead] : '\0';
    }

    // One character that means something, or nothing, to the scanner.
    void one() {
        char const c = sql_[at_];
        if (c == '(')
            ++depth_;
        if (c == ')' && --depth_ < 0)
            fail("has a ')' without its '('");
        if (c == '?' && on_placeholder_) {
            placeholder();
        } else {
            copy_to(at_ + 1);
        }
    }

    void placeholder() {
        if (peek(1) == '?') {
            out_.push_back('?');
            at_ += 2;
            return;
        }
        if (peek(1) >= '0' && peek(1) <= '9') {
            fail("numbers a placeholder; write '?' once per parameter, in their order");
        }
        on_placeholder_();
        ++placeholders_;
        ++at_;
    }

    // The end of the quoted text or comment that begins here, or at_ where none begins.
    std::size_t end_of_opaque() {
        in_line_comment_ = false;
        switch (sql_[at_]) {
            case '\'':
                return end_of_quoted('\'', is_mysql(family_) || is_escape_string());
            case '"':
                return end_of_quoted('"', is_mysql(family_));
            case '`':
                if (family_ == dialect_family::sqlite || is_mysql(family_))
                    return end_of_quoted('`', false);
                return at_;
            case '[':
                return family_ == dialect_family::sqlite ? end_after("]", 1, "a '['") : at_;
            case '$':
                return family_ == dialect_family::postgresql ? end_of_dollar_quoted() : at_;
            case '#':
                return is_mysql(family_) ? end_of_line() : at_;
            case '-':
                return peek(1) == '-' ? end_of_line() : at_;
            case '/':
                return peek(1) == '*' ? end_of_comment() : at_;
            default:
                return at_;
        }
    }

    // PostgreSQL's E'...' takes a backslash as an escape, its plain '...' does not.
    bool is_escape_string() const {
        if (family_ != dialect_family::postgresql || at_ == 0)
            return false;
        char const before = sql_[at_ - 1];
        return (before == 'e' || before == 'E') && (at_ == 1 || !is_word(sql_[at_ - 2]));
    }

    // A doubled quote needs no case of its own: it ends one quoted text and begins the next.
    std::size_t end_of_quoted(char quote, bool backslash_escapes) const {
        for (auto i = at_ + 1; i < sql_.size(); ++i) {
            if (sql_[i] == '\\' && backslash_escapes) {
                ++i;
            } else if (sql_[i] == quote) {
                if (!backslash_escapes || i + 1 >= sql_.size() || sql_[i + 1] != quote)
                    return i + 1;
                ++i;  // else what follows would no longer be known as an escape string
            }
        }
        fail(std::string{"leaves a "} + quote + " open");
    }

    std::size_t end_after(std::string_view closing, std::size_t opening,
                          std::string_view what) const {
        auto const end = sql_.find(closing, at_ + opening);
        if (end == npos)
            fail("leaves " + std::string{what} + " open");
        return end + closing.size();
    }

    std::size_t end_of_dollar_quoted() const {
        if (at_ > 0 && is_word(sql_[at_ - 1]))
            return at_;
        auto tag_end = at_ + 1;
        while (tag_end < sql_.size() && is_word(sql_[tag_end]))
            ++tag_end;
        bool const is_tag = tag_end < sql_.size() && sql_[tag_end] == '$' &&
                            !(sql_[at_ + 1] >= '0' && sql_[at_ + 1] <= '9');
        if (!is_tag)
            return at_;
        auto const tag = sql_.substr(at_, tag_end + 1 - at_);
        auto const end = sql_.find(tag, tag_end + 1);
        if (end == npos)
            fail("leaves " + std::string{tag} + " open");
        return end + tag.size();
    }

    std::size_t end_of_line() {
        auto const end = sql_.find('\n', at_);
        in_line_comment_ = end == npos;
        return end == npos ? sql_.size() : end;
    }

    std::size_t end_of_comment() const {
        if (family_ != dialect_family::postgresql)
            return end_after("*/", 2, "a comment");
        int nesting = 0;  // only PostgreSQL's comments nest
        for (auto i = at_; i + 1 < sql_.size(); ++i) {
            if (sql_[i] == '/' && sql_[i + 1] == '*') {
                ++nesting;
                ++i;
            } else if (sql_[i] == '*' && sql_[i + 1] == '/') {
                ++i;
                if (--nesting == 0)
                    return i + 1;
            }
        }
        fail("leaves a comment open");
    }

    std::string& out_;
    std::string_view sql_;
    std::function<void()> const& on_placeholder_;
    dialect_family family_;
    std::size_t at_ = 0;
    std::size_t placeholders_ = 0;
    int depth_ = 0;
    bool in_line_comment_ = false;
};

}  // namespace

std::size_t append_fragment(std::string& out, std::string_view sql, dialect const& d,
                            std::function<void()> const& on_placeholder) {
    return scanner{out, sql, d, on_placeholder}.run();
}

}  // namespace roam::sql::detail
