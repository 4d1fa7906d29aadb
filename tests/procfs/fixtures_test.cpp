// Printing what was parsed gives back the kernel's own bytes, for every capture there is.
#include <gtest/gtest.h>

#include "procfs/buddyinfo.h"
#include "procfs/meminfo_file.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/slabinfo.h"
#include "procfs/vmstat_file.h"
#include "procfs/zoneinfo.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

template <class Info>
void expect_identity(const std::string& name, Result<Info> (*parse)(std::string_view, u32, std::vector<u32>*),
                     std::string (*print)(const Info&), u32 at_least) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    auto files = test::files_named(*shared / "fixtures" / "kernels", name);
    // /sys has a file of the same name for each node, which begins every line with it.
    std::erase_if(files, [](const auto& path) { return path.filename() == "node0.meminfo" || path.filename() == "node1.meminfo"; });
    EXPECT_GE(files.size(), at_least);
    for (const auto& path : files) {
        const std::string text = test::read_file(path);
        std::vector<u32> skipped;
        const auto info = parse(text, 1, &skipped);
        ASSERT_TRUE(info) << path << ":" << info.error().line << " " << info.error().message.key;
        EXPECT_EQ(print(*info), text) << path;
        EXPECT_TRUE(skipped.empty()) << path;
    }
}

TEST(Fixtures, every_buddyinfo_prints_itself_back) { expect_identity<BuddyInfo>("buddyinfo", parse_buddyinfo, print_buddyinfo, 90); }
TEST(Fixtures, every_slabinfo_prints_itself_back) { expect_identity<SlabInfo>("slabinfo", parse_slabinfo, print_slabinfo, 90); }
TEST(Fixtures, every_zoneinfo_prints_itself_back) { expect_identity<ZoneInfo>("zoneinfo", parse_zoneinfo, print_zoneinfo, 200); }
TEST(Fixtures, every_pagetypeinfo_prints_itself_back) {
    expect_identity<PageTypeInfo>("pagetypeinfo", parse_pagetypeinfo, print_pagetypeinfo, 90);
}
TEST(Fixtures, every_meminfo_prints_itself_back) { expect_identity<MeminfoFile>("meminfo", parse_meminfo, print_meminfo, 110); }
TEST(Fixtures, every_vmstat_prints_itself_back) { expect_identity<VmstatFile>("vmstat", parse_vmstat, print_vmstat, 100); }

}  // namespace
}  // namespace mmscope
