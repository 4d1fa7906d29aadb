#include "base/message.h"

namespace mmscope {

Message& Message::number(std::string_view name, i64 value) {
    params.push_back({std::string(name), MessageParam::Kind::number, value, {}});
    return *this;
}

Message& Message::hex(std::string_view name, u64 value) {
    params.push_back({std::string(name), MessageParam::Kind::hex, static_cast<i64>(value), {}});
    return *this;
}

Message& Message::text(std::string_view name, std::string_view value) {
    params.push_back({std::string(name), MessageParam::Kind::text, 0, std::string(value)});
    return *this;
}

}  // namespace mmscope
