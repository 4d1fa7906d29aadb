// JSON, as little of it as is needed: a writer for what the command line and the page exchange, and a reader
// for catalogues of sentences, which are one flat object of strings.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/types.h"

namespace mmscope {

// Writes one value, commas included. Keys and values alternate inside objects; begin and end must match.
// Bytes that are no UTF-8 become U+FFFD.
class JsonWriter {
public:
    JsonWriter& begin_object() { return open('{'); }
    JsonWriter& end_object() { return close('}'); }
    JsonWriter& begin_array() { return open('['); }
    JsonWriter& end_array() { return close(']'); }
    JsonWriter& key(std::string_view name);
    JsonWriter& string(std::string_view text);
    JsonWriter& number(i64 value);
    JsonWriter& boolean(bool value);
    JsonWriter& null();

    const std::string& text() const { return text_; }

private:
    JsonWriter& open(char bracket);
    JsonWriter& close(char bracket);
    void separate();
    void quote(std::string_view text);

    std::string text_;
    bool needs_comma_ = false;
};

// {"key": "sentence", ...} in its order; nothing if the text is anything else.
using FlatJson = std::vector<std::pair<std::string, std::string>>;
std::optional<FlatJson> read_flat_json(std::string_view text);

}  // namespace mmscope
