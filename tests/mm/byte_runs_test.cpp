// Bytes that somebody wrote, as runs of equal ones.
#include "mm/byte_runs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/prng.h"

namespace mmscope {
namespace {

TEST(ByteRuns, hold_the_bytes_that_were_written_last) {
    Prng prng(7);
    ByteRuns runs;
    std::vector<int> naive(64, -1);
    for (u32 step = 0; step < 3000; ++step) {
        const u32 from = prng.below(64);
        const u32 to = from + prng.below(64 - from + 1);
        const u8 value = static_cast<u8>(prng.below(4));
        const bool is_set = prng.below(3) != 0;
        is_set ? runs.set(from, to, value) : runs.erase(from, to);
        std::fill(naive.begin() + from, naive.begin() + to, is_set ? value : -1);
        for (u32 at = 0; at < 64; ++at) ASSERT_EQ(runs.find(at).value_or(0xff), naive[at] < 0 ? 0xff : naive[at]);
        const bool is_touched =
            std::any_of(naive.begin() + from, naive.begin() + to, [](int byte) { return byte >= 0; });
        ASSERT_EQ(runs.touches(from, to), is_touched);
    }
}

}  // namespace
}  // namespace mmscope
