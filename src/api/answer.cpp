#include "api/answer.h"

#include "api/utf16.h"
#include "play/value.h"

namespace mmscope {

namespace {

constexpr const char* kKindNames[] = {"number", "hex", "text"};

std::string param_value(const MessageParam& param) {
    if (param.kind == MessageParam::Kind::text) return param.text;
    if (param.kind == MessageParam::Kind::number) return std::to_string(param.number);
    return hex_text(static_cast<u64>(param.number));
}

}  // namespace

Answer& Answer::value(const Message& message) {
    begin_object().member("key", message.key).key("params").begin_array();
    for (const MessageParam& param : message.params) {
        begin_object().member("name", param.name).member("kind", kKindNames[static_cast<u32>(param.kind)]);
        member("value", param_value(param)).end_object();
    }
    return end_array().end_object();
}

Answer& Answer::value(const Diagnostic& diagnostic, std::string_view text) {
    const Diagnostic place = in_utf16(diagnostic, text);
    begin_object().member("line", place.line).member("column", place.column).member("length", place.length);
    return member("message", place.message).end_object();
}

}  // namespace mmscope
