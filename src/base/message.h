// A sentence for a human that has not been spoken yet: a key and its parameters.
//
// The engine never holds prose. It yields a key such as "event.mm_page_alloc" and named values; the
// sentences stand in web/locales/*.json (three languages), and the native command embeds the English ones.
// `{name}` in a sentence is replaced by the parameter of that name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/types.h"

namespace mmscope {

struct MessageParam {
    enum class Kind : u8 { number, hex, text };  // number: grouped decimal; hex: 0x...; text: as it is
    std::string name;
    Kind kind = Kind::number;
    i64 number = 0;
    std::string text;
};

struct Message {
    std::string key;
    std::vector<MessageParam> params;

    Message() = default;
    explicit Message(std::string_view message_key) : key(message_key) {}
    bool is_empty() const { return key.empty(); }
    Message& number(std::string_view name, i64 value);
    Message& hex(std::string_view name, u64 value);
    Message& text(std::string_view name, std::string_view value);
};

// Where in a text outside the program something is wrong. Lines and columns count from 1; column counts
// bytes of UTF-8. line 0 means the text as a whole.
struct Diagnostic {
    u32 line = 0;
    u32 column = 0;
    u32 length = 0;  // bytes to underline
    Message message;
};

}  // namespace mmscope
