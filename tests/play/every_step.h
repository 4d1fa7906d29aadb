// What holds at every step of a script that has run: its sentences are filled, and the way back finds the same machine.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "script_testing.h"
#include "sentences.h"

namespace mmscope::testing {

// How often each key was said; every one has its sentence, and is filled.
inline void count_sentences(Session& session, std::map<std::string, u32>* seen) {
    const u32 last = session.snapshot().step;
    for (u32 step = 1; step <= last; ++step) {
        seek(session, step);
        for (const Message& message : session.narration(4000)) {
            expect_sentence(message);
            ++(*seen)[message.key];
        }
    }
}

inline void expect_the_same_on_the_way_back(Session& session) {
    std::vector<u64> hashes;
    const u32 last = session.snapshot().step;
    for (u32 step = 0; step <= last; ++step) {
        seek(session, step);
        hashes.push_back(session.state_hash());
        EXPECT_EQ(session.snapshot().machine->check(), "");
    }
    for (u32 step = last; step > 0; --step) {
        seek(session, step - 1);
        EXPECT_EQ(session.state_hash(), hashes[step - 1]) << step;
    }
}

}  // namespace mmscope::testing
