// kmem_cache_destroy of a cache that still has objects: what each kernel leaves of it, in its lists and in its log.
#include <gtest/gtest.h>

#include "play/failure_report.h"
#include "play/proc_files.h"
#include "play/slab_view.h"
#include "script_testing.h"
#include "sentences.h"

namespace mmscope {
namespace {

using testing::expect_sentence;
using testing::run_script;

const std::string kLeft =
    "c = kmem_cache_create(\"thing\", 700)\no = kmem_cache_alloc(c, GFP_KERNEL)\nkmem_cache_destroy(c)\n";

Session played(const std::string& kernel, const std::string& script) {
    Session session;
    const auto failure =
        run_script(session, "machine x86_64 { ram = 64M; cpus = 2; kernel = \"" + kernel + "\" }\n" + script);
    EXPECT_FALSE(failure) << kernel << " " << testing::place_and_key(*failure);
    EXPECT_EQ(session.snapshot().machine->check(), "");
    for (const Message& message : session.narration(1000)) expect_sentence(message);
    return session;
}

std::string said(const Session& session) { return session.narration(1).at(0).key; }

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

bool is_in_slabinfo(const Session& session) { return has(*session.proc_text("slabinfo"), "\nthing "); }

TEST(LeftOverCache, stays_in_slabinfo_and_sysfs_on_6_1) {
    const Session session = played("6.1", kLeft + "expect cache(\"thing\") == c\nexpect used_objs(c) == 1");
    EXPECT_TRUE(is_in_slabinfo(session));
    EXPECT_EQ(session.proc_text("slab/thing/aliases"), "-1\n") << "its count of users is 0";
    EXPECT_EQ(said(played("6.1", kLeft)), "command.kmem_cache_destroy_left");
}

TEST(LeftOverCache, is_in_no_list_since_6_12_and_its_slab_stays) {
    for (const char* kernel : {"6.12", "7.2"}) {
        const Session session =
            played(kernel, kLeft + "expect cache(\"thing\") == NULL\nexpect slabs(c) == 1\nexpect used_objs(c) == 1");
        EXPECT_FALSE(is_in_slabinfo(session)) << kernel;
        EXPECT_FALSE(session.proc_text("slab/thing")) << kernel;
        EXPECT_EQ(said(played(kernel, kLeft)), "command.kmem_cache_destroy_unlinked");
        bool is_seen = false;
        for (const CacheView& cache : cache_views(*session.snapshot().machine))
            is_seen |= cache.name == "thing" && cache.is_left_over && cache.is_unlinked && cache.counters.slabs == 1;
        EXPECT_TRUE(is_seen) << "its frames are still slabs: the picture shows whose";
    }
}

TEST(LeftOverCache, is_warned_of_with_its_caller) {
    for (const char* kernel : {"6.1", "6.12"}) {
        const std::string log = kernel_log(played(kernel, kLeft));
        EXPECT_TRUE(has(log, "Objects remaining in thing on __kmem_cache_shutdown()\n")) << log;
        EXPECT_TRUE(has(log, "kmem_cache_destroy thing: Slab cache still has objects when called from call 3\n")) << log;
    }
}

TEST(LeftOverCache, can_be_given_its_object_back_and_yet_never_goes) {
    for (const char* kernel : {"6.1", "6.12", "7.2"}) {
        const Session session =
            played(kernel, kLeft + "kmem_cache_free(c, o)\nkmem_cache_destroy(c)\nkmem_cache_destroy(c)");
        EXPECT_EQ(said(session), "command.kmem_cache_destroy_again") << kernel;
        EXPECT_EQ(kernel_log(session), "") << kernel;
        EXPECT_EQ(is_in_slabinfo(session), std::string(kernel) == "6.1");
    }
}

// find_mergeable() takes any cache on the list whose count is not negative.
TEST(LeftOverCache, gets_a_user_again_on_6_1_and_a_namesake_on_6_12) {
    const std::string again = kLeft + "d = kmem_cache_create(\"thing\", 700)\n";
    EXPECT_EQ(said(played("6.1", again)), "command.kmem_cache_create_same");
    EXPECT_EQ(said(played("6.1", again + "kmem_cache_free(c, o)\nkmem_cache_destroy(d)")), "command.kmem_cache_destroy");
    Session gone;
    const auto failure = run_script(gone, "machine x86_64 { ram = 64M; kernel = \"6.1\" }\n" + again +
                                              "kmem_cache_free(c, o)\nkmem_cache_destroy(d)\nslabs(c)");
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->message.key, "error.cache_gone") << "both names meant one cache";
    EXPECT_EQ(said(played("6.12", again)), "command.kmem_cache_create");
    const Session session = played("6.12", again + "p = kmem_cache_alloc(d, GFP_KERNEL)\nexpect cache(\"thing\") == d");
    EXPECT_TRUE(is_in_slabinfo(session)) << "the new one";
    EXPECT_EQ(said(played("6.1", kLeft + "kmem_cache_destroy(c)\nd = kmem_cache_create(\"other\", 700)")),
              "command.kmem_cache_create")
        << "a count below 0 is merged with nothing";
}

TEST(LeftOverCache, of_the_classic_slab_stays_on_its_list_and_goes_when_it_is_empty) {
    EXPECT_EQ(said(played("2.6", kLeft)), "command.kmem_cache_destroy_refused");
    EXPECT_TRUE(is_in_slabinfo(played("2.6", kLeft)));
    const Session session = played("2.6", kLeft + "kmem_cache_free(c, o)\nkmem_cache_destroy(c)");
    EXPECT_EQ(said(session), "command.kmem_cache_destroy");
    EXPECT_FALSE(is_in_slabinfo(session));
}

TEST(LeftOverCache, is_stepped_back_to_a_cache_in_use) {
    Session session = played("6.12", kLeft + "kmem_cache_destroy(c)");
    const u64 end = session.state_hash();
    testing::seek(session, 2);
    EXPECT_TRUE(is_in_slabinfo(session));
    const u64 before = session.state_hash();
    testing::seek(session, 3);
    EXPECT_FALSE(is_in_slabinfo(session));
    EXPECT_NE(session.state_hash(), before);
    testing::seek(session, 4);
    EXPECT_EQ(session.state_hash(), end);
}

}  // namespace
}  // namespace mmscope
