// Lock step with a real kernel: makes the calls of a capture and compares everything after each of them.
//
// The golden format (intake/golden.h) records zone DMA. The engine is loaded with the lists of an `init`, head first,
// and the types of the pageblocks; then an event counts when the frame, the free pages, every list in its order and
// every pageblock's type agree. After a difference the replay goes on at the next `init`.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "intake/golden.h"
#include "mm/profile.h"

namespace mmscope {

struct ConformDifference {
    GoldenEvent event;      // as the kernel did it
    u32 pfn = 0;            // what the engine gave (0: nothing)
    GoldenState state;      // the engine's state after it
};

struct ConformReport {
    u32 events = 0;
    u32 agreed = 0;
    std::optional<ConformDifference> first_difference;
    bool is_perfect() const { return events != 0 && agreed == events; }
};

// Errors: text in no known format, lines that cannot be, lists that no zone DMA can have.
Result<ConformReport> conform(std::string_view text, const Profile& profile);

// The difference as lines to read: what was asked, then each list, count and type that disagrees, the kernel's
// and the engine's one above the other.
std::vector<Message> describe(const ConformDifference& difference);

// The kernel version in a file's name ("buddy-golden-6.12.txt"); empty if there is none.
std::string_view version_in_name(std::string_view file_name);

}  // namespace mmscope
