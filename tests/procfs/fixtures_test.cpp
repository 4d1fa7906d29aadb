// Printing what was parsed gives back the kernel's own bytes, for every capture there is.
#include <gtest/gtest.h>

#include "procfs/buddyinfo.h"
#include "procfs/meminfo_file.h"
#include "procfs/pagetypeinfo.h"
#include "procfs/pid_maps.h"
#include "procfs/pid_memory.h"
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
TEST(Fixtures, every_maps_of_a_process_prints_itself_back) {
    expect_identity<PidMaps>("pid1.maps", parse_pid_maps, print_pid_maps, 15);
}
TEST(Fixtures, every_smaps_of_a_process_prints_itself_back) {
    expect_identity<PidMaps>("pid1.smaps", parse_pid_maps, print_pid_maps, 15);
}
TEST(Fixtures, every_statm_of_a_process_prints_itself_back) {
    expect_identity<PidStatm>("pid1.statm", parse_pid_statm, print_pid_statm, 1);
}
TEST(Fixtures, every_status_of_a_process_prints_itself_back) {
    expect_identity<PidStatus>("pid1.status", parse_pid_status, print_pid_status, 15);
}

// The fields that a simulated process prints are those of the kernel, in its order and its widths.
TEST(Fixtures, smaps_has_the_fields_of_each_kernel) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    for (const auto& path : test::files_named(*shared / "fixtures" / "kernels", "pid1.smaps")) {
        const Result<PidMaps> maps = parse_pid_maps(test::read_file(path));
        ASSERT_TRUE(maps);
        const bool is_6_1 = path.string().find("-6.1-") != std::string::npos;
        const bool is_i386 = path.string().find("i386") != std::string::npos;
        const std::vector<PidMaps::Field> fields = smaps_fields(!is_6_1 && !is_i386);
        for (const PidMaps::Area& area : maps->areas) {
            std::vector<std::string> kernel, own;
            for (const PidMaps::Field& field : area.fields) kernel.push_back(field.name + std::to_string(field.width));
            for (const PidMaps::Field& field : fields)
                if (field.name != "ProtectionKey" || !is_i386) own.push_back(field.name + std::to_string(field.width));
            EXPECT_EQ(kernel, own) << path;
        }
    }
}

}  // namespace
}  // namespace mmscope
