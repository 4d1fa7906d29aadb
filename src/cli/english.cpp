#include "cli/english.h"

#include <algorithm>
#include <cstdio>

#include "base/json.h"
#include "locale_en.h"

namespace mmscope {

namespace {

std::string grouped(i64 number) {
    std::string digits = std::to_string(number);
    const std::size_t sign = number < 0 ? 1 : 0;
    for (std::size_t at = digits.size(); at > sign + 3;) digits.insert(at -= 3, ",");
    return digits;
}

std::string value_of(const MessageParam& param) {
    if (param.kind == MessageParam::Kind::text) return param.text;
    if (param.kind == MessageParam::Kind::number) return grouped(param.number);
    char hex[24];
    std::snprintf(hex, sizeof hex, "0x%llx", static_cast<unsigned long long>(param.number));
    return hex;
}

const std::string* find_sentence(const std::string& key) {
    static const FlatJson catalogue = read_flat_json(kLocaleEn).value_or(FlatJson{});
    const auto entry = std::find_if(catalogue.begin(), catalogue.end(), [&](const auto& one) { return one.first == key; });
    return entry == catalogue.end() ? nullptr : &entry->second;
}

}  // namespace

std::string say(const Message& message) {
    const std::string* sentence = find_sentence(message.key);
    std::string said;
    if (sentence == nullptr) {
        said = message.key;
        for (const MessageParam& param : message.params) said += " " + param.name + "=" + value_of(param);
        return said;
    }
    for (std::size_t at = 0; at < sentence->size();) {
        const std::size_t close = (*sentence)[at] == '{' ? sentence->find('}', at) : std::string::npos;
        const std::string_view name = close == std::string::npos ? "" : std::string_view(*sentence).substr(at + 1, close - at - 1);
        const auto param = std::find_if(message.params.begin(), message.params.end(),
                                        [&](const MessageParam& one) { return one.name == name; });
        if (name.empty() || param == message.params.end()) {
            said += (*sentence)[at++];
        } else {
            said += value_of(*param);
            at = close + 1;
        }
    }
    return said;
}

std::string say_at(std::string_view file, const Diagnostic& diagnostic) {
    std::string place(file);
    if (diagnostic.line != 0) {
        place += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(std::max(diagnostic.column, 1U));
    }
    return place + ": " + say(diagnostic.message);
}

}  // namespace mmscope
