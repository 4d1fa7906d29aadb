#include "base/json.h"

#include <cstdio>

namespace mmscope {

namespace {

constexpr const char* kKindNames[] = {"number", "hex", "text"};

std::string param_value(const MessageParam& param) {
    if (param.kind == MessageParam::Kind::text) return param.text;
    if (param.kind == MessageParam::Kind::number) return std::to_string(param.number);
    char digits[24];
    std::snprintf(digits, sizeof digits, "0x%llx", static_cast<unsigned long long>(param.number));
    return digits;
}

}  // namespace

// A comma stands before whatever does not open a bracket's content or follow a key.
void Json::separate() {
    if (text_.empty()) return;
    const char last = text_.back();
    if (last != '{' && last != '[' && last != ':') text_ += ',';
}

Json& Json::open(char bracket) {
    separate();
    text_ += bracket;
    return *this;
}

Json& Json::close(char bracket) {
    text_ += bracket;
    return *this;
}

Json& Json::raw(std::string_view token) {
    separate();
    text_ += token;
    return *this;
}

Json& Json::key(std::string_view name) {
    separate();
    quote(name);
    text_ += ':';
    return *this;
}

Json& Json::value(std::string_view text) {
    separate();
    quote(text);
    return *this;
}

Json& Json::value(i64 number) { return raw(std::to_string(number)); }
Json& Json::value(u64 number) { return raw(std::to_string(number)); }

Json& Json::value(const Message& message) {
    begin_object().member("key", message.key).key("params").begin_array();
    for (const MessageParam& param : message.params) {
        begin_object().member("name", param.name).member("kind", kKindNames[static_cast<u32>(param.kind)]);
        member("value", param_value(param)).end_object();
    }
    return end_array().end_object();
}

void Json::quote(std::string_view text) {
    text_ += '"';
    for (const char c : text) {
        const u8 byte = static_cast<u8>(c);
        if (c == '"' || c == '\\') {
            text_ += '\\';
            text_ += c;
        } else if (byte < 0x20 || byte == 0x7f) {
            char escape[8];
            std::snprintf(escape, sizeof escape, "\\u%04x", byte);
            text_ += escape;
        } else {
            text_ += c;
        }
    }
    text_ += '"';
}

}  // namespace mmscope
