// JSON text, written front to back.
//
//     Json json;
//     json.begin_object().member("step", 3).key("marks").begin_array().value("merged").end_array().end_object();
//     json.text()    {"step":3,"marks":["merged"]}
//
// Commas come by themselves. Strings are taken as UTF-8; quotes, backslashes and control characters are escaped.
// Whole numbers up to 2^53 survive in JavaScript; larger ones go as text (see Message).
#pragma once

#include <string>
#include <string_view>

#include "base/message.h"
#include "base/types.h"

namespace mmscope {

class Json {
public:
    Json& begin_object() { return open('{'); }
    Json& end_object() { return close('}'); }
    Json& begin_array() { return open('['); }
    Json& end_array() { return close(']'); }
    Json& key(std::string_view name);

    Json& value(std::string_view text);
    Json& value(const char* text) { return value(std::string_view(text)); }
    Json& value(i64 number);
    Json& value(u64 number);
    Json& value(u32 number) { return value(u64{number}); }
    Json& value(int number) { return value(i64{number}); }
    Json& value(bool truth) { return raw(truth ? "true" : "false"); }
    Json& null() { return raw("null"); }
    // {"key":"...","params":[{"name":"...","kind":"number","value":"3"}]}
    Json& value(const Message& message);

    template <class Value>
    Json& member(std::string_view name, const Value& content) {
        return key(name).value(content);
    }

    const std::string& text() const { return text_; }

private:
    Json& open(char bracket);
    Json& close(char bracket);
    Json& raw(std::string_view token);
    void separate();
    void quote(std::string_view text);

    std::string text_;
};

}  // namespace mmscope
