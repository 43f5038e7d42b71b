// JSON, as much of it as the process protocol needs.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace jetconform {

// A JSON value; of numbers the protocol has integers alone.
class Json {
public:
    enum class Kind { null, boolean, number, text, list, object };

    Json() = default;
    Json(bool value) : kind_(Kind::boolean), number_(value) {}
    Json(int value) : kind_(Kind::number), number_(value) {}
    Json(std::int64_t value) : kind_(Kind::number), number_(value) {}
    Json(const char* value) : kind_(Kind::text), text_(value) {}
    Json(std::string value) : kind_(Kind::text), text_(std::move(value)) {}
    Json(std::vector<Json> items) : kind_(Kind::list), items_(std::move(items)) {}
    Json(std::map<std::string, Json> members) : kind_(Kind::object), members_(std::move(members)) {}

    bool is_null() const { return kind_ == Kind::null; }
    std::int64_t number() const { return expect(Kind::number), number_; }
    bool boolean() const { return expect(Kind::boolean), number_ != 0; }
    const std::string& text() const { return expect(Kind::text), text_; }
    const std::vector<Json>& items() const { return expect(Kind::list), items_; }

    // A member of an object; null where there is none.
    const Json& operator[](const std::string& name) const {
        static const Json nothing;
        expect(Kind::object);
        auto found = members_.find(name);
        return found == members_.end() ? nothing : found->second;
    }

    std::string dump() const {
        switch (kind_) {
        case Kind::null: return "null";
        case Kind::boolean: return number_ ? "true" : "false";
        case Kind::number: return std::to_string(number_);
        case Kind::text: return quoted(text_);
        case Kind::list: {
            std::string out;
            for (const auto& item : items_) out += (out.empty() ? "" : ",") + item.dump();
            return "[" + out + "]";
        }
        case Kind::object: break;
        }
        std::string out;
        for (const auto& [name, value] : members_) out += (out.empty() ? "" : ",") + quoted(name) + ":" + value.dump();
        return "{" + out + "}";
    }

    // Throws std::runtime_error for what is no JSON.
    static Json parse(const std::string& source) {
        Parser parser{source, 0, 0};
        Json value = parser.value();
        if (parser.peek() != '\0') parser.fail();
        return value;
    }

private:
    Kind kind_ = Kind::null;
    std::int64_t number_ = 0;
    std::string text_;
    std::vector<Json> items_;
    std::map<std::string, Json> members_;

    void expect(Kind kind) const {
        if (kind_ != kind) throw std::runtime_error("a JSON value of another kind was expected than " + dump());
    }

    static std::string quoted(const std::string& text) {
        std::string out = "\"";
        for (unsigned char c : text) {
            char escape[8];
            if (c == '"' || c == '\\') out += '\\', out += static_cast<char>(c);
            else if (c < 0x20) std::snprintf(escape, sizeof escape, "\\u%04x", c), out += escape;
            else out += static_cast<char>(c);
        }
        return out + "\"";
    }

    struct Parser {
        const std::string& source;
        std::size_t at;
        int depth;

        [[noreturn]] void fail() const { throw std::runtime_error("no JSON at byte " + std::to_string(at)); }

        char peek() {
            while (at < source.size() && std::string(" \t\r\n").find(source[at]) != std::string::npos) ++at;
            return at < source.size() ? source[at] : '\0';
        }

        void take(const std::string& word) {
            if (source.compare(at, word.size(), word) != 0) fail();
            at += word.size();
        }

        Json value() {
            if (++depth > 100) fail();
            Json found = any();
            --depth;
            return found;
        }

        Json any() {
            switch (peek()) {
            case 'n': return take("null"), Json();
            case 't': return take("true"), Json(true);
            case 'f': return take("false"), Json(false);
            case '"': return Json(text());
            case '[': return list();
            case '{': return object();
            default: return number();
            }
        }

        Json number() {
            std::size_t used = 0;
            std::int64_t found = 0;
            try {
                found = std::stoll(source.substr(at, 20), &used);
            } catch (const std::exception&) {
                fail();
            }
            at += used;
            return Json(found);
        }

        Json list() {
            std::vector<Json> items;
            take("[");
            while (peek() != ']') {
                if (!items.empty()) take(",");
                items.push_back(value());
            }
            return take("]"), Json(std::move(items));
        }

        Json object() {
            std::map<std::string, Json> members;
            take("{");
            while (peek() != '}') {
                if (!members.empty()) take(","), peek();
                std::string name = text();
                peek(), take(":");
                members[name] = value();
            }
            return take("}"), Json(std::move(members));
        }

        std::string text() {
            std::string out;
            take("\"");
            while (at < source.size() && source[at] != '"') {
                char c = source[at++];
                if (c == '\\') escaped(out);
                else out += c;
            }
            return take("\""), out;
        }

        void escaped(std::string& out) {
            if (at >= source.size()) fail();
            static const std::map<char, char> simple = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                                                        {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};
            char c = source[at++];
            if (auto found = simple.find(c); found != simple.end()) {
                out += found->second;
                return;
            }
            if (c != 'u') fail();
            unsigned code = unit();
            if (code >= 0xD800 && code < 0xDC00 && source.compare(at, 2, "\\u") == 0) {
                at += 2;
                code = 0x10000 + ((code - 0xD800) << 10) + (unit() - 0xDC00);
            }
            if (code < 0x80) out += static_cast<char>(code);
            else if (code < 0x800) out += static_cast<char>(0xC0 | code >> 6), rest(out, code, 0);
            else if (code < 0x10000) out += static_cast<char>(0xE0 | code >> 12), rest(out, code, 6);
            else out += static_cast<char>(0xF0 | code >> 18), rest(out, code, 12);
        }

        static void rest(std::string& out, unsigned code, int shift) {
            for (; shift >= 0; shift -= 6) out += static_cast<char>(0x80 | (code >> shift & 0x3F));
        }

        unsigned unit() {
            unsigned code = 0;
            for (int i = 0; i < 4; ++i) {
                int digit = at < source.size() ? std::string("0123456789abcdef").find(static_cast<char>(source[at++] | 0x20)) : -1;
                if (digit < 0) fail();
                code = code << 4 | static_cast<unsigned>(digit);
            }
            return code;
        }
    };
};

}  // namespace jetconform
