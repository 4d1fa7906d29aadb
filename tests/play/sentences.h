// The English sentences, for tests that hold messages against them.
#pragma once

#include <fstream>
#include <map>
#include <string>

#include "base/message.h"

namespace mmscope::testing {

// "key": "sentence" lines, which is all that the catalogues are.
inline std::map<std::string, std::string> english() {
    std::map<std::string, std::string> catalogue;
    std::ifstream file(MMSCOPE_SOURCE_DIR + std::string("/web/locales/en.json"));
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find('"'), middle = line.find("\": \""), last = line.rfind('"');
        if (first == std::string::npos || middle == std::string::npos || last <= middle + 3) continue;
        catalogue[line.substr(first + 1, middle - first - 1)] = line.substr(middle + 4, last - middle - 4);
    }
    return catalogue;
}

// The sentence with every `{name}` that the message has filled; what is left unfilled is a mistake.
inline std::string unfilled(std::string sentence, const Message& message) {
    for (const MessageParam& param : message.params)
        for (std::size_t at; (at = sentence.find("{" + param.name + "}")) != std::string::npos;)
            sentence.erase(at, param.name.size() + 2);
    const std::size_t open = sentence.find("{");
    const bool is_placeholder =
        open != std::string::npos && sentence.find('}', open) != std::string::npos && sentence[open + 1] != '\'';
    return is_placeholder ? sentence.substr(open) : "";
}

}  // namespace mmscope::testing
