// SPDX-License-Identifier: MIT
#include <roam/backend/url.hpp>
#include <roam/error.hpp>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace roam::backend {
namespace {

constexpr std::string_view hidden = "***";
constexpr std::string_view encode_hint =
    "; a '/', '?', '#', '@', ':' or '%' inside a user name or password is written as %2F, %3F, "
    "%23, %40, %3A or %25";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

std::string to_lower(std::string_view text) {
    std::string lower{text};
    for (char& c : lower)
        c = to_lower(c);
    return lower;
}

// password, sslpassword, PWD, passwd, ...
bool names_a_secret(std::string_view option) {
    auto const lower = to_lower(option);
    return lower.find("passw") != std::string::npos || lower.find("pwd") != std::string::npos;
}

// Hides what follows the first option that looks like a password, up to the end: where the text
// is malformed nobody knows where the secret stops.
void hide_secret_options(std::string& text, std::size_t from) {
    auto const lower = to_lower(text);
    auto const name = std::min(lower.find("passw", from), lower.find("pwd", from));
    if (name == std::string::npos)
        return;
    auto const name_end = lower.find_first_not_of("abcdefghijklmnopqrstuvwxyz", name);
    if (name_end < text.size())
        text.replace(name_end + 1, std::string::npos, hidden);
}

// Hides what may be a password before an '@', or before a host that was forgotten.
void hide_user_info(std::string& text) {
    auto const colon = text.find(':');
    auto const at = text.rfind('@');
    if (colon == std::string::npos) {
        if (at != std::string::npos)
            text.replace(0, at, hidden);
        return;
    }
    auto const rest = std::min(text.find_first_not_of('/', colon + 1), text.size());
    if (at != std::string::npos && at >= rest) {
        auto from = rest;
        if (rest > colon + 1)
            from = std::min(text.find(':', rest), at);  // the user may be shown
        if (text[from] == ':')
            ++from;
        if (from < at)
            text.replace(from, at - from, hidden);
        return;
    }
    auto const host_end = text.compare(rest, 1, "[") == 0 ? text.find(']', rest) : rest;
    auto const port = text.find(':', host_end);
    if (port == std::string::npos)
        return;
    auto const end = text.find_first_not_of("0123456789", port + 1);
    if (end != std::string::npos && text[end] != '/' && text[end] != '?' && text[end] != ',') {
        text.replace(port + 1, std::string::npos, hidden);
    }
}

// The text of a URL that could not be understood, with everything left out that may be part of a
// password: its author may have forgotten the scheme, the slashes, or to encode an '@' or a '/'.
std::string redacted(std::string_view text) {
    std::string shown{text};
    if (to_lower(text.substr(0, 7)) == "sqlite:") {
        hide_secret_options(shown, std::min(shown.find('?'), shown.size()));
    } else {
        hide_user_info(shown);
        hide_secret_options(shown, 0);
    }
    for (char& c : shown) {
        if (is_control(c))
            c = '?';
    }
    return shown;
}

class parser {
public:
    explicit parser(std::string_view text) : text_(text) {}

    url parse() {
        check_characters();
        auto rest = scheme();
        if (rest.find('#') != std::string_view::npos) {
            fail("it has a '#', which is written %23" + std::string{encode_hint});
        }
        if (auto const query = rest.find('?'); query != std::string_view::npos) {
            options(rest.substr(query + 1));
            rest = rest.substr(0, query);
        }
        if (result_.scheme == "sqlite" ||
            (result_.scheme == "firebird" && !rest.starts_with("//"))) {
            file(rest);
        } else if (result_.scheme == "odbc") {
            attributes(rest);
        } else {
            server(rest);
        }
        return std::move(result_);
    }

private:
    [[noreturn]] void fail(std::string_view what) const {
        throw url_error("the database URL \"" + redacted(text_) +
                        "\" is malformed: " + std::string{what});
    }

    void check_characters() const {
        if (text_.empty()) {
            throw url_error(
                "the database URL is empty; write sqlite:library.db or "
                "postgresql://user@host/name");
        }
        auto const at = std::find_if(text_.begin(), text_.end(), is_control);
        if (at != text_.end()) {
            fail("character " + std::to_string(at - text_.begin() + 1) + " is a control character");
        }
    }

    std::string_view scheme() {
        auto const end = text_.find(':');
        if (end == std::string_view::npos) {
            fail(
                "it has no scheme; a file is written sqlite:library.db, a server "
                "postgresql://user@host/name");
        }
        auto const name = text_.substr(0, end);
        bool const legal =
            !name.empty() && is_letter(name[0]) &&
            std::all_of(name.begin(), name.end(), [](char c) {
                return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
            });
        if (!legal) {
            fail("what stands before the first ':' is not a scheme such as sqlite or postgresql");
        }
        result_.scheme = to_lower(name);
        return text_.substr(end + 1);
    }

    // `part` is a view into text_, so that the message can say where.
    std::string decode(std::string_view part, std::string_view name) const {
        std::string plain;
        plain.reserve(part.size());
        for (std::size_t i = 0; i < part.size(); ++i) {
            if (part[i] != '%') {
                plain.push_back(part[i]);
                continue;
            }
            bool const complete = i + 2 < part.size();
            int const high = complete ? hex_digit(part[i + 1]) : -1;
            int const low = complete ? hex_digit(part[i + 2]) : -1;
            auto const position = [&] {
                return std::to_string(part.data() + i - text_.data() + 1) + ", in the " +
                       std::string{name};
            };
            if (high < 0 || low < 0) {
                fail("the '%' at character " + position() +
                     ", is not followed by two hexadecimal digits; a plain '%' is written %25");
            }
            if (high == 0 && low == 0)
                fail("there is a NUL byte at character " + position());
            plain.push_back(static_cast<char>(high * 16 + low));
            i += 2;
        }
        return plain;
    }

    static int hex_digit(char c) {
        if (is_digit(c))
            return c - '0';
        c = to_lower(c);
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
    }

    void options(std::string_view query) {
        if (query.empty())
            fail("no option follows the '?'");
        while (true) {
            auto const end = query.find('&');
            option(query.substr(0, end));
            if (end == std::string_view::npos)
                return;
            query.remove_prefix(end + 1);
        }
    }

    void option(std::string_view text) {
        auto const equals = text.find('=');
        auto const raw_name = text.substr(0, equals);
        if (result_.scheme != "sqlite" && text.find('@') != std::string_view::npos) {
            fail("there is an '@' behind the first '?'" + std::string{encode_hint});
        }
        auto name = decode(raw_name, "name of an option");
        if (name.empty())
            fail("an option has no name; options are written ?name=value&name=value");
        if (equals == std::string_view::npos) {
            fail("an option has no value; options are written ?name=value&name=value");
        }
        for (auto const& [other, value] : result_.options) {
            if (other == name)
                fail("the option '" + name + "' is given twice");
        }
        auto value = decode(text.substr(equals + 1), "value of an option");
        result_.options.emplace_back(std::move(name), std::move(value));
    }

    void file(std::string_view rest) {
        if (rest.starts_with("//")) {
            if (!rest.starts_with("///")) {
                fail("a file has no host; write sqlite:library.db, or sqlite:/var/lib/library.db");
            }
            rest.remove_prefix(3);
        }
        result_.path = decode(rest, "file name");
        if (result_.path.empty()) {
            fail(result_.scheme == "sqlite"
                     ? "it names no file; write sqlite:library.db or sqlite::memory:"
                     : "it names no file; write firebird:library.fdb");
        }
    }

    void attributes(std::string_view rest) {
        if (rest.find('=') == std::string_view::npos) {
            fail(
                "an ODBC connection string follows 'odbc:', as in odbc:Driver=...;Server=... or "
                "odbc:DSN=name");
        }
        result_.path = decode(rest, "connection string");
    }

    void server(std::string_view rest) {
        if (!rest.starts_with("//")) {
            fail("'//' must follow '" + result_.scheme + ":', as in " + result_.scheme +
                 "://user@host/name (a SQLite file is written sqlite:library.db)");
        }
        rest.remove_prefix(2);
        auto const slash = rest.find('/');
        if (slash != std::string_view::npos)
            database(rest.substr(slash + 1));
        auto authority = rest.substr(0, slash);
        if (auto const at = authority.rfind('@'); at != std::string_view::npos) {
            user(authority.substr(0, at));
            authority.remove_prefix(at + 1);
        }
        hosts(authority);
    }

    void database(std::string_view raw) {
        if (raw.find('@') != std::string_view::npos) {
            fail("there is an '@' behind the first '/'" + std::string{encode_hint});
        }
        if (raw.find('/') != std::string_view::npos && result_.scheme != "firebird") {
            fail("the name of a database has no '/'; one inside it is written %2F");
        }
        result_.path = decode(raw, "name of the database");
    }

    void user(std::string_view raw) {
        if (raw.find('@') != std::string_view::npos) {
            fail("there is more than one '@' before the host" + std::string{encode_hint});
        }
        auto const colon = raw.find(':');
        result_.user = decode(raw.substr(0, colon), "user name");
        if (colon == std::string_view::npos)
            return;
        auto const password = raw.substr(colon + 1);
        if (password.find(':') != std::string_view::npos) {
            fail("there is more than one ':' before the '@'" + std::string{encode_hint});
        }
        if (result_.user.empty())
            fail("there is a password without a user name");
        result_.password = decode(password, "password");
    }

    // "a:1,b:2" gives the host "a,b" and the port "1,2", which is how libpq takes several.
    void hosts(std::string_view authority) {
        bool any_port = false;
        std::string ports;
        while (true) {
            auto const comma = authority.find(',');
            auto const port = host(authority.substr(0, comma));
            any_port = any_port || !port.empty();
            ports.append(port);
            if (comma == std::string_view::npos)
                break;
            result_.host.push_back(',');
            ports.push_back(',');
            authority.remove_prefix(comma + 1);
        }
        if (any_port)
            result_.port = ports;
    }

    std::string_view host(std::string_view text) {
        std::string_view after;
        if (text.starts_with('[')) {
            auto const end = text.find(']');
            if (end == std::string_view::npos)
                fail("the '[' before an IPv6 address has no ']'");
            result_.host.append(decode(text.substr(1, end - 1), "host"));
            after = text.substr(end + 1);
            if (!after.empty() && after[0] != ':')
                fail("only ':' and a port may follow the ']'");
        } else {
            auto const colon = text.find(':');
            result_.host.append(decode(text.substr(0, colon), "host"));
            if (colon == std::string_view::npos)
                return {};
            after = text.substr(colon);
        }
        if (after.empty())
            return {};
        auto const port = after.substr(1);
        check_port(port);
        return port;
    }

    // Never quotes the port: it may be a password whose '@' and host were forgotten.
    void check_port(std::string_view port) const {
        bool const digits =
            !port.empty() && port.size() <= 5 &&
            std::all_of(port.begin(), port.end(), [](char c) { return is_digit(c); });
        int number = 0;
        if (digits) {
            for (char c : port)
                number = number * 10 + (c - '0');
        }
        if (number < 1 || number > 65535) {
            fail("the port is not a number from 1 to 65535" + std::string{encode_hint} +
                 ", and an IPv6 address stands in [ ]");
        }
    }

    std::string_view text_;
    url result_;
};

// Appends `text` with every byte encoded that is neither unreserved in a URL, nor in `also`, nor
// part of a UTF-8 character.
void append_encoded(std::string& out, std::string_view text, std::string_view also) {
    constexpr char digits[] = "0123456789ABCDEF";
    for (char c : text) {
        auto const byte = static_cast<unsigned char>(c);
        if (is_letter(c) || is_digit(c) || byte >= 0x80 ||
            std::string_view{"-._~"}.find(c) != std::string_view::npos ||
            also.find(c) != std::string_view::npos) {
            out.push_back(c);
        } else {
            out.push_back('%');
            out.push_back(digits[byte >> 4]);
            out.push_back(digits[byte & 15]);
        }
    }
}

std::string_view next_of_list(std::string_view& list) {
    auto const comma = list.find(',');
    auto const first = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    return first;
}

void append_hosts(std::string& out, std::string_view hosts, std::string_view ports) {
    auto const count = std::count(hosts.begin(), hosts.end(), ',') + 1;
    for (std::ptrdiff_t i = 0; i < count; ++i) {
        if (i > 0)
            out.push_back(',');
        auto const host = next_of_list(hosts);
        if (host.find(':') != std::string_view::npos) {
            out.append("[").append(host).append("]");
        } else {
            append_encoded(out, host, {});
        }
        if (auto const port = next_of_list(ports); !port.empty())
            out.append(":").append(port);
    }
}

}  // namespace

url url::parse(std::string_view text) { return parser{text}.parse(); }

std::string url::without_password() const {
    std::string out = scheme + ":";
    bool const is_file = scheme == "firebird" && host.empty();
    if (scheme == "sqlite" || is_file) {
        if (path.starts_with("//"))
            out.append("///");
        append_encoded(out, path, "/:\\ @+,=&!$'()*;");
    } else if (scheme == "odbc") {
        auto shown = path;
        hide_secret_options(shown, 0);
        append_encoded(out, shown, "/:\\ @+,=&!$'()*;{}");
    } else {
        out.append("//");
        if (!user.empty() || password) {
            append_encoded(out, user, {});
            if (password)
                out.append(":").append(hidden);
            out.push_back('@');
        }
        append_hosts(out, host, port);
        if (!path.empty()) {
            out.push_back('/');
            append_encoded(out, path, scheme == "firebird" ? "/" : "");
        }
    }
    char separator = '?';
    for (auto const& [name, value] : options) {
        out.push_back(separator);
        append_encoded(out, name, {});
        out.push_back('=');
        if (names_a_secret(name)) {
            out.append(hidden);
        } else {
            append_encoded(out, value, "/:,");
        }
        separator = '&';
    }
    return out;
}

std::optional<std::string> url::take(std::string_view name) {
    auto const found = std::find_if(options.begin(), options.end(),
                                    [&](auto const& option) { return option.first == name; });
    if (found == options.end())
        return std::nullopt;
    std::string value = std::move(found->second);
    options.erase(found);
    return value;
}

std::optional<std::int64_t> url::take_number(std::string_view name, std::int64_t least,
                                             std::int64_t most) {
    auto const text = take(name);
    if (!text)
        return std::nullopt;
    std::int64_t value = 0;
    auto const* const end_of_text = text->data() + text->size();
    auto const [end, problem] = std::from_chars(text->data(), end_of_text, value);
    if (problem != std::errc{} || end != end_of_text || value < least || value > most) {
        throw url_error("the URL option '" + std::string{name} + "' must be a whole number from " +
                        std::to_string(least) + " to " + std::to_string(most) + ", not '" + *text +
                        "'");
    }
    return value;
}

void url::reject_unknown(std::string_view known) const {
    if (options.empty())
        return;
    throw url_error("the database URL \"" + without_password() + "\" has an unknown option '" +
                    options.front().first + "'; known: " + std::string{known});
}

}  // namespace roam::backend
