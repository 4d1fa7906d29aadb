// Captures of the slab allocator of real kernels, file by file as somebody drops them on the page.
#include <gtest/gtest.h>

#include "cli/source.h"
#include "play/lock_step.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

struct Drop {
    const char* folder;
    std::vector<const char*> files;
    const char* tally_key;
    u32 total;  // all of them agree
};

const Drop kDrops[] = {
    {"amd64-6.12-1G", {"slab.tsv", "uname.txt", "zoneinfo"}, "conform.rows", 178},
    {"amd64-6.1-512M-mod", {"mod/caches-plain.tsv", "mod/layout.txt", "zoneinfo"}, "conform.rows", 512},
    {"amd64-6.1-512M-mod", {"mod/ksize.txt", "mod/layout.txt"}, "conform.rows", 92},
    {"amd64-6.1-512M-mod", {"mod/obj-64.stats.txt", "mod/obj-64.txt.gz", "mod/layout.txt", "zoneinfo"}, "conform.object_calls", 808},
    {"i386-686-1G-trace-slab", {"trace.txt.gz", "slab.tsv", "uname.txt"}, "conform.object_calls", 21678},
    {"amd64-6.1-512M-trace-both", {"trace.txt.gz", "slab.tsv", "uname.txt"}, "conform.object_calls", 14954},
    {"amd64-6.1-512M-trace-both", {"trace.txt.gz", "capmod-snaps.txt.gz", "slab.tsv", "uname.txt"}, "conform.object_calls", 14954},
};

TEST(SlabLockStepOfKernels, what_is_dropped_agrees_as_the_command_says) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const Drop& drop : kDrops) {
        SCOPED_TRACE(std::string(drop.folder) + " " + drop.files[0]);
        std::vector<CaptureFile> files;
        for (const char* name : drop.files) {
            const auto text = read_text_file((*shared / "fixtures" / "kernels" / drop.folder / name).string());
            ASSERT_TRUE(text) << name;
            files.push_back({name, *text});
        }
        LockStep lock_step;
        for (const LockStep::Part part : lock_step.take(std::move(files))) EXPECT_NE(part, LockStep::Part::none);
        while (lock_step.work(10'000)) {
        }
        ASSERT_EQ(lock_step.state(), LockStep::State::finished) << lock_step.missing().key;
        EXPECT_EQ(lock_step.outcome().tally_key, std::string(drop.tally_key));
        EXPECT_EQ(lock_step.outcome().total, drop.total);
        EXPECT_EQ(lock_step.outcome().agreed, drop.total);
        EXPECT_TRUE(lock_step.outcome().is_perfect);
    }
}

}  // namespace
}  // namespace mmscope
