// machine { slab_freelist_random = 1 }: free lists in an order of the seed's, as CONFIG_SLAB_FREELIST_RANDOM has them.
#include <gtest/gtest.h>

#include <algorithm>

#include "script_testing.h"

namespace mmscope {
namespace {

Session played(const std::string& keys) {
    Session session;
    const auto failure = testing::run_script(
        session, "machine x86_64 { ram = 64M; " + keys + " }\nrepeat 64 { p[] = kmalloc(64, GFP_KERNEL) }\n");
    EXPECT_FALSE(failure) << testing::place_and_key(*failure);
    return session;
}

// Whether the addresses of the objects rise one after another.
bool are_in_order(const Session& session) {
    std::vector<std::string> addresses;
    for (u32 at = 0; at < 64; ++at) {
        const auto value = session.evaluate("p[" + std::to_string(at) + "]");
        EXPECT_TRUE(value) << at;
        addresses.push_back(value ? value->text : "");
    }
    return std::is_sorted(addresses.begin(), addresses.end());
}

TEST(SlabFreelistRandom, the_order_is_plain_if_nothing_is_said) {
    EXPECT_TRUE(are_in_order(played("seed = 3")));
    EXPECT_TRUE(are_in_order(played("seed = 3; slab_freelist_random = 0")));
}

TEST(SlabFreelistRandom, the_order_is_the_seeds) {
    const Session one = played("seed = 3; slab_freelist_random = 1");
    EXPECT_FALSE(are_in_order(one));
    EXPECT_EQ(one.state_hash(), played("seed = 3; slab_freelist_random = 1").state_hash());
    EXPECT_NE(one.state_hash(), played("seed = 4; slab_freelist_random = 1").state_hash());
    EXPECT_EQ(one.snapshot().machine->check(), "");
}

TEST(SlabFreelistRandom, takes_0_or_1_and_is_slubs) {
    EXPECT_EQ(testing::outcome("machine x86_64 { slab_freelist_random = 2 }\n"), "1:41 error.out_of_range");
    EXPECT_EQ(testing::outcome("machine x86_64 { slab_freelist_random = \"yes\" }\n"), "1:41 error.key_number");
    EXPECT_EQ(testing::outcome("machine x86_32 { kernel = \"2.6\"; slab_freelist_random = 1 }\n"),
              "1:57 error.freelist_random_classic");
    EXPECT_EQ(testing::outcome("machine x86_32 { kernel = \"2.6\"; slab_freelist_random = 0 }\n"), "");
}

}  // namespace
}  // namespace mmscope
