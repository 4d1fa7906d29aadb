// What the tests of scripts share: run one, and say what came of it in one line of text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "play/session.h"

namespace mmscope::testing {

// "4:5 error.unknown_call"; "" for no diagnostic.
inline std::string place_and_key(const Diagnostic& diagnostic) {
    return std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + " " + diagnostic.message.key;
}

inline void work_to_the_end(Session& session) {
    while (session.work(10'000)) {
    }
}

// A script of three commands with a mark before the last.
inline constexpr std::string_view kThreeSteps =
    "machine x86_64 { ram = 16M }\n"
    "a = alloc_pages(GFP_KERNEL, 3)\n"  // 2
    "n = 1\n"
    "b = alloc_page(GFP_KERNEL)\n"      // 4
    "mark \"both\"\n"
    "__free_pages(a, 3)\n"              // 6
    "note \"done\"\n";

// A session that stands at step 0 of a script without errors.
inline Session loaded(std::string_view source, const SessionLimits& limits = {}) {
    Session session(limits);
    const std::vector<Diagnostic> errors = session.load(source);
    EXPECT_TRUE(errors.empty()) << place_and_key(errors.front());
    return session;
}

inline void seek(Session& session, u32 step) {
    session.seek(step);
    work_to_the_end(session);
}

// Small machines make quick tests.
inline std::string on_16_mib(std::string_view statements) {
    return "machine x86_64 { ram = 16M }\n" + std::string(statements);
}

// Loads and runs a script to its end; a diagnostic of load or of the run, if there was one.
inline std::optional<Diagnostic> run_script(Session& session, std::string_view source) {
    const std::vector<Diagnostic> errors = session.load(source);
    if (!errors.empty()) return errors.front();
    session.run();
    work_to_the_end(session);
    return session.failure();
}

// "" for a script that runs to its end, otherwise place_and_key.
inline std::string outcome(Session& session, std::string_view source) {
    const std::optional<Diagnostic> diagnostic = run_script(session, source);
    return diagnostic ? place_and_key(*diagnostic) : "";
}

inline std::string outcome(std::string_view source, const SessionLimits& limits = {}) {
    Session session(limits);
    return outcome(session, source);
}

// The text of an expression after `statements` ran on a small machine; the key of the error if there is one.
inline std::string value_after(std::string_view statements, std::string_view expression) {
    Session session;
    if (const auto failed = run_script(session, on_16_mib(statements))) return place_and_key(*failed);
    const Result<ScriptValue> value = session.evaluate(expression);
    return value ? value->text : value.error().message.key;
}

inline std::string value_of(std::string_view expression) { return value_after("", expression); }

}  // namespace mmscope::testing
