#include "base/json.h"

#include <cstddef>

namespace mmscope {

namespace {

using std::size_t;

constexpr char kHexDigits[] = "0123456789abcdef";

// Bytes of the UTF-8 sequence at the start of `text`; 0 if it is none.
size_t utf8_length(std::string_view text) {
    const auto byte = [&](size_t at) { return static_cast<u8>(text[at]); };
    const u8 first = byte(0);
    if (first < 0x80) return 1;
    const size_t length = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xc2 && first < 0xe0 ? 2 : 0;
    if (length == 0 || text.size() < length) return 0;
    for (size_t at = 1; at < length; ++at) {
        if ((byte(at) & 0xc0) != 0x80) return 0;
    }
    const bool is_overlong = (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
    const bool is_surrogate = first == 0xed && byte(1) >= 0xa0;
    const bool is_too_large = first == 0xf4 && byte(1) >= 0x90;
    return is_overlong || is_surrogate || is_too_large ? 0 : length;
}

void append_utf8(std::string* out, u32 code) {
    const auto put = [&](u32 byte) { *out += static_cast<char>(byte); };
    if (code < 0x80) return put(code);
    if (code < 0x800) {
        put(0xc0 | (code >> 6));
    } else if (code < 0x10000) {
        put(0xe0 | (code >> 12));
        put(0x80 | ((code >> 6) & 0x3f));
    } else {
        put(0xf0 | (code >> 18));
        put(0x80 | ((code >> 12) & 0x3f));
        put(0x80 | ((code >> 6) & 0x3f));
    }
    put(0x80 | (code & 0x3f));
}

class FlatReader {
public:
    explicit FlatReader(std::string_view text) : text_(text) {}
    std::optional<FlatJson> read();

private:
    bool accept(char c);
    bool string(std::string* value);
    bool escape(std::string* value);
    bool hex4(u32* code);

    std::string_view text_;
    size_t at_ = 0;
};

bool FlatReader::accept(char c) {
    while (at_ < text_.size() && (text_[at_] == ' ' || (text_[at_] >= '\t' && text_[at_] <= '\r'))) ++at_;
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
}

bool FlatReader::hex4(u32* code) {
    *code = 0;
    for (u32 i = 0; i < 4; ++i) {
        if (at_ >= text_.size()) return false;
        const char c = text_[at_++];
        const size_t digit = std::string_view(kHexDigits, 16).find(c >= 'A' && c <= 'F' ? static_cast<char>(c + 32) : c);
        if (digit == std::string_view::npos) return false;
        *code = *code * 16 + static_cast<u32>(digit);
    }
    return true;
}

bool FlatReader::escape(std::string* value) {
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    constexpr std::string_view kFrom = "\"\\/nrtbf";
    constexpr std::string_view kTo = "\"\\/\n\r\t\b\f";
    if (const size_t at = kFrom.find(c); at != std::string_view::npos) {
        *value += kTo[at];
        return true;
    }
    u32 code = 0;
    if (c != 'u' || !hex4(&code)) return false;
    if (code >= 0xd800 && code < 0xdc00) {  // a character beyond 16 bits, in two halves
        u32 low = 0;
        if (text_.substr(at_, 2) != "\\u") return false;
        at_ += 2;
        if (!hex4(&low) || low < 0xdc00 || low > 0xdfff) return false;
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
    }
    append_utf8(value, code);
    return true;
}

bool FlatReader::string(std::string* value) {
    if (!accept('"')) return false;
    while (at_ < text_.size()) {
        const char c = text_[at_++];
        if (c == '"') return true;
        if (c != '\\') *value += c;
        else if (!escape(value)) return false;
    }
    return false;
}

std::optional<FlatJson> FlatReader::read() {
    FlatJson entries;
    if (!accept('{')) return std::nullopt;
    if (accept('}')) return entries;
    do {
        std::string key;
        std::string value;
        if (!string(&key) || !accept(':') || !string(&value)) return std::nullopt;
        entries.emplace_back(std::move(key), std::move(value));
    } while (accept(','));
    if (!accept('}')) return std::nullopt;
    accept('\n');  // skips blanks to the end
    return at_ == text_.size() ? std::optional(std::move(entries)) : std::nullopt;
}

}  // namespace

void JsonWriter::separate() {
    if (needs_comma_) text_ += ',';
    needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
    separate();
    text_ += bracket;
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
    text_ += bracket;
    needs_comma_ = true;
    return *this;
}

void JsonWriter::quote(std::string_view text) {
    text_ += '"';
    while (!text.empty()) {
        const char c = text[0];
        size_t length = utf8_length(text);
        if (length == 0) {
            text_ += "\\ufffd";
            length = 1;
        } else if (c == '"' || c == '\\') {
            (text_ += '\\') += c;
        } else if (c == '\n') {
            text_ += "\\n";
        } else if (static_cast<u8>(c) < 0x20) {
            (text_ += "\\u00") += c < 16 ? '0' : '1';
            text_ += kHexDigits[c & 15];
        } else {
            text_ += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    text_ += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
    separate();
    quote(name);
    text_ += ':';
    needs_comma_ = false;
    return *this;
}

JsonWriter& JsonWriter::string(std::string_view text) {
    separate();
    quote(text);
    return *this;
}

JsonWriter& JsonWriter::number(i64 value) {
    separate();
    text_ += std::to_string(value);
    return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
    separate();
    text_ += value ? "true" : "false";
    return *this;
}

JsonWriter& JsonWriter::null() {
    separate();
    text_ += "null";
    return *this;
}

std::optional<FlatJson> read_flat_json(std::string_view text) { return FlatReader(text).read(); }

}  // namespace mmscope
