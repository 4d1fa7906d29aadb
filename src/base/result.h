// A value or the reason why there is none. The engine has no exceptions.
#pragma once

#include <cassert>
#include <utility>
#include <variant>

#include "base/message.h"

namespace mmscope {

template <class Value, class Error = Diagnostic>
class [[nodiscard]] Result {
public:
    Result(Value value) : content_(std::in_place_index<0>, std::move(value)) {}
    Result(Error error) : content_(std::in_place_index<1>, std::move(error)) {}

    bool has_value() const { return content_.index() == 0; }
    explicit operator bool() const { return has_value(); }
    Value& value() { assert(has_value()); return *std::get_if<0>(&content_); }
    const Value& value() const { assert(has_value()); return *std::get_if<0>(&content_); }
    Value& operator*() { return value(); }
    const Value& operator*() const { return value(); }
    Value* operator->() { return &value(); }
    const Value* operator->() const { return &value(); }
    Error& error() { assert(!has_value()); return *std::get_if<1>(&content_); }
    const Error& error() const { assert(!has_value()); return *std::get_if<1>(&content_); }

private:
    std::variant<Value, Error> content_;
};

}  // namespace mmscope
