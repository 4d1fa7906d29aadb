// An answer under way: JsonWriter with the overloads and shapes that the answers need.
#pragma once

#include "base/json.h"
#include "base/message.h"

namespace mmscope {

class Answer {
public:
    Answer& begin_object() { return writer_.begin_object(), *this; }
    Answer& end_object() { return writer_.end_object(), *this; }
    Answer& begin_array() { return writer_.begin_array(), *this; }
    Answer& end_array() { return writer_.end_array(), *this; }
    Answer& key(std::string_view name) { return writer_.key(name), *this; }

    Answer& value(std::string_view text) { return writer_.string(text), *this; }
    Answer& value(const char* text) { return value(std::string_view(text)); }
    Answer& value(i64 number) { return writer_.number(number), *this; }
    Answer& value(u64 number) { return value(static_cast<i64>(number)); }
    Answer& value(u32 number) { return value(i64{number}); }
    Answer& value(bool truth) { return writer_.boolean(truth), *this; }
    Answer& null() { return writer_.null(), *this; }
    // {"key":"...","params":[{"name":"...","kind":"number","value":"3"}]}
    Answer& value(const Message& message);
    // Where and what; the place in UTF-16 units of `text`.
    Answer& value(const Diagnostic& diagnostic, std::string_view text);

    template <class Value>
    Answer& member(std::string_view name, const Value& content) {
        return key(name).value(content);
    }

    const std::string& text() const { return writer_.text(); }

private:
    JsonWriter writer_;
};

}  // namespace mmscope
