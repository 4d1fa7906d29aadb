#include "cli/capture_context.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/source.h"
#include "procfs/proc_texts.h"

namespace mmscope {
namespace {

constexpr const char* kLayout32 = "LAYOUT version=6.1.176 PAGE_SIZE=4096 NORD=11 pageblock_order=10 BITS=32\nMT unmovable=0\n";
constexpr const char* kUname64 = "Linux (none) 6.12.107+deb13-amd64 #1 SMP Debian 6.12.107-1 (2026-08-29) x86_64 GNU/Linux\n";
constexpr const char* kUnamePae = "Linux (none) 6.1.0-50-686-pae #1 SMP Debian 6.1.176-1 (2026-07-02) i686 GNU/Linux\n";
constexpr const char* kUname32 = "Linux (none) 6.1.0-50-686 #1 SMP Debian 6.1.176-1 (2026-07-02) i686 GNU/Linux\n";

// A folder machine/mod of this test's own, gone when the test ends.
class CaptureFolder : public testing::Test {
protected:
    CaptureFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "mmscope-capture-XXXXXX").string();
        top_ = mkdtemp(name.data());
        machine_ = top_ / "machine";
        std::filesystem::create_directories(machine_ / "mod");
    }
    ~CaptureFolder() override { std::filesystem::remove_all(top_); }

    std::string write(const std::string& name, const std::string& text) const {
        std::ofstream(machine_ / name, std::ios::binary) << text;
        return (machine_ / name).string();
    }
    CaptureContext find(const Options& options = {}) const {
        auto context = find_capture_context((machine_ / "mod/pages.txt").string(), options);
        EXPECT_TRUE(context) << context.error().key;
        return context ? *context : CaptureContext{};
    }

    std::filesystem::path top_;
    std::filesystem::path machine_;
};

TEST_F(CaptureFolder, kernel_and_architecture_come_from_the_layout) {
    write("mod/layout.txt", kLayout32);
    const CaptureContext context = find();
    EXPECT_EQ(context.kernel, "6.1.176");
    EXPECT_EQ(context.profile, &profile_6_1());
    EXPECT_EQ(context.arch, Arch::x86_32);
    EXPECT_EQ(context.cpus, 1U);
    EXPECT_TRUE(context.zoneinfo.empty());
}

TEST_F(CaptureFolder, they_come_from_uname_in_the_folder_above) {
    write("uname.txt", kUname64);
    EXPECT_EQ(find().profile, &profile_6_12());
    EXPECT_EQ(find().arch, Arch::x86_64);
    write("uname.txt", kUname32);
    EXPECT_EQ(find().arch, Arch::x86_32);
    EXPECT_EQ(find().kernel, "6.1.0-50-686");
    write("uname.txt", kUnamePae);
    EXPECT_EQ(find().arch, Arch::x86_32_pae);
}

TEST_F(CaptureFolder, the_cpus_are_counted_in_zoneinfo) {
    write("uname.txt", kUname64);
    write("zoneinfo", test::with(test::kZoneInfo, "  node_unreclaimable:",
                                 "    cpu: 1\n              count: 0\n              high:  0\n              batch: 1\n"
                                 "  vm stats threshold: 4\n  node_unreclaimable:"));
    EXPECT_EQ(find().cpus, 2U);
    EXPECT_FALSE(find().zoneinfo.empty());
}

TEST_F(CaptureFolder, options_win_over_the_files) {
    write("uname.txt", kUname64);
    Options options;
    options.kernel = "6.1";
    options.cpus = 4;
    EXPECT_EQ(find(options).profile, &profile_6_1());
    EXPECT_EQ(find(options).cpus, 4U);
}

TEST_F(CaptureFolder, a_kernel_that_nothing_names_or_nobody_models_is_an_error) {
    const std::string capture = (machine_ / "mod/pages.txt").string();
    const auto none = find_capture_context(capture, {});
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().key, "conform.no_version");
    write("uname.txt", "Linux (none) 2.4.37-5-amd64 #1 SMP x86_64 GNU/Linux\n");
    const auto old = find_capture_context(capture, {});
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().key, "conform.unknown_kernel");
}

TEST_F(CaptureFolder, a_gzipped_file_is_read_as_what_is_in_it) {
    const std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06\x00\x00\x00", 26);
    EXPECT_EQ(read_text_file(write("packed.gz", packed)), "hello\n");
    EXPECT_EQ(read_text_file(write("plain", "hello\n")), "hello\n");
    EXPECT_EQ(read_text_file(write("empty", "")), "");
    EXPECT_FALSE(read_text_file(machine_.string()));
    EXPECT_FALSE(read_text_file((machine_ / "absent").string()));
}

TEST_F(CaptureFolder, a_gzipped_file_that_is_cut_off_or_damaged_is_not_read) {
    std::string packed("\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\xff\xcb\x48\xcd\xc9\xc9\xe7\x02\x00\x20\x30\x3a\x36\x06\x00\x00\x00", 26);
    for (std::size_t length = 11; length < packed.size(); ++length) {
        EXPECT_FALSE(read_text_file(write("packed.gz", packed.substr(0, length)))) << length;
    }
    packed[12] ^= 1;
    EXPECT_FALSE(read_text_file(write("packed.gz", packed)));
}

TEST(CaptureOptions, cpus_are_a_number_of_conform) {
    const auto options = read_options({"conform", "--cpus", "2", "--kernel", "6.1", "file"});
    ASSERT_TRUE(options);
    EXPECT_EQ(options->cpus, 2U);
    for (const char* bad : {"0", "-1", "two", "8193", "2x"}) {
        const auto refused = read_options({"conform", "--cpus", bad, "file"});
        ASSERT_FALSE(refused) << bad;
        EXPECT_EQ(refused.error().key, "cli.bad_cpus") << bad;
    }
    EXPECT_FALSE(read_options({"run", "--cpus", "2", "file"}));
}

}  // namespace
}  // namespace mmscope
