// The English sentences, for tests that hold messages against them.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>

#include "base/message.h"
#include "script_testing.h"

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

// There is such a sentence, and the message fills all of it.
inline void expect_sentence(const Message& message) {
    static const std::map<std::string, std::string> catalogue = english();
    const auto found = catalogue.find(message.key);
    ASSERT_NE(found, catalogue.end()) << message.key;
    EXPECT_EQ(unfilled(found->second, message), "") << message.key;
}

// The key of the error at which a script ends; empty if it runs through. The machine fits together either way, and all
// that is said of the last command has its sentence.
inline std::string end_of(const std::string& script) {
    Session session;
    const std::optional<Diagnostic> failure = run_script(session, script);
    EXPECT_EQ(session.snapshot().machine->check(), "") << script;
    for (const Message& message : session.narration(1000)) expect_sentence(message);
    if (failure) expect_sentence(failure->message);
    return failure ? failure->message.key : "";
}

}  // namespace mmscope::testing
