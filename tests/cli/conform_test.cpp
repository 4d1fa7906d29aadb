// The native command `conform` from outside: files, folders, and what it counts.
#include "cli/cli_testing.h"

namespace mmscope {
namespace {

constexpr const char* kGolden =
    "GOLD init free=3808 L 5/0:120, 6/0:140, 7/0:180, 9/1:200, 10/1:400,800,c00, |mt 0 1 1 1 1 1 1 1\n"
    "GOLD a 8 0 400 free=3552 L 5/0:120, 6/0:140, 7/0:180, 8/0:500, 9/0:600, 9/1:200, 10/1:800,c00, |mt 0 1 0 0 1 1 1 1\n";

TEST_F(Cli, conform_ends_with_how_many_events_agree) {
    const std::string good = file("golden-6.12.txt", kGolden);
    const Answer answer = call("conform " + good);
    EXPECT_EQ(answer.status, 0) << answer.error;
    EXPECT_EQ(last_line(answer.out), "1 of 1 events as the kernel's");
    std::string text = kGolden;
    text.replace(text.find("a 8 0 400"), 9, "a 8 0 500");
    const std::string bad = file("bad-6.12.txt", text);
    const Answer differs = call("conform " + good + " " + bad);
    EXPECT_EQ(differs.status, 1);
    EXPECT_EQ(last_line(differs.out), "1 of 2 events as the kernel's");
    EXPECT_NE(differs.out.find(bad + ":2: "), std::string::npos) << differs.out;
}

TEST_F(Cli, what_a_cut_gzipped_file_still_has_is_played_and_fails) {
    const std::string cut = packed("golden-6.12.txt.gz", kGolden, 8);
    const Answer answer = call("conform " + cut);
    EXPECT_EQ(answer.status, 1);
    EXPECT_EQ(last_line(answer.out), "1 of 1 events as the kernel's");
    EXPECT_TRUE(answer.error.starts_with(cut + ": ")) << answer.error;
    EXPECT_NE(answer.error.find(" " + std::to_string(std::string(kGolden).size()) + " "), std::string::npos) << answer.error;
}

TEST_F(Cli, a_file_that_cannot_be_replayed_is_counted_in_its_own_words) {
    EXPECT_EQ(last_line(call("conform --kernel 6.12 " + file("slab.tsv", "name\tobject_size\tx\n")).out), "0 of 0 rows");
    EXPECT_EQ(last_line(call("conform --kernel 6.12 " + file("ksize.txt", "TEST ksize\nK big 9 -> 16\n")).out),
              "1 of 2 rows");
}

// A folder `wmark` of two settings, of the model's own making.
TEST_F(Cli, conform_ends_with_how_many_values_agree_in_a_wmark_folder) {
    auto machine = Machine::build({});
    VmSysctl sysctl = machine->memory().sysctl();
    std::filesystem::create_directory(folder_ / "wmark");
    file("wmark/000-boot.zoneinfo", print_zoneinfo(zoneinfo_of(*machine)));
    sysctl.min_free_kbytes = 8192;
    machine->memory().set_sysctl(sysctl);
    const std::string lower = file("wmark/lower.zoneinfo", print_zoneinfo(zoneinfo_of(*machine)));
    const std::string row = "\tlowmem_reserve_ratio=256 256 32 0 0\n";
    const std::string index = file("wmark/index.tsv", "000-boot\tmin_free_kbytes=45056" + row + "lower\tmin_free_kbytes=8192" + row);
    EXPECT_EQ(call("conform " + index).out, "53 of 53 values\n") << call("conform " + index).error;
    EXPECT_EQ(call("conform " + lower).out, "49 of 49 values\n");
    const Answer both = call("conform " + lower + " " + file("golden-6.12.txt", kGolden));
    EXPECT_EQ(both.status, 0) << both.error;
    EXPECT_EQ(last_line(both.out), "49 of 49 values");
    EXPECT_NE(both.out.find("1 of 1 events as the kernel's\n"), std::string::npos) << both.out;

    file("wmark/index.tsv", "000-boot\tmin_free_kbytes=45056" + row + "lower\tmin_free_kbytes=4096" + row);
    const Answer differs = call("conform " + lower);
    EXPECT_EQ(differs.status, 1);
    EXPECT_NE(differs.out.find(lower + ": lower: node 0, zone DMA32, min: the kernel's "), std::string::npos) << differs.out;
}

TEST_F(Cli, conform_says_what_a_wmark_folder_lacks) {
    std::filesystem::create_directory(folder_ / "wmark");
    const std::string zoneinfo = file("wmark/a.zoneinfo", print_zoneinfo(zoneinfo_of(*Machine::build({}))));
    EXPECT_NE(call("conform " + zoneinfo).error.find("index.tsv"), std::string::npos);
    const std::string index = file("wmark/index.tsv", "a\tmin_free_kbytes=1\nb\tmin_free_kbytes=x\n");
    EXPECT_TRUE(call("conform " + index).error.starts_with(index + ":2:3: ")) << call("conform " + index).error;
    file("wmark/index.tsv", "a\tmin_free_kbytes=1\nb\tmin_free_kbytes=2\n");
    const Answer answer = call("conform " + index);
    EXPECT_EQ(answer.status, 1);
    EXPECT_NE(answer.error.find("b.zoneinfo"), std::string::npos) << answer.error;
    EXPECT_EQ(answer.out, "0 of 0 values\n");
    const Answer stray = call("conform " + file("wmark/c.zoneinfo", ""));
    EXPECT_EQ(stray.status, 1);
    EXPECT_NE(stray.error.find("c.zoneinfo"), std::string::npos) << stray.error;
}

// A machine of one zone whose frame 0x400 was allocated between two snapshots.
TEST_F(Cli, conform_replays_a_trace_between_the_snapshots_beside_it) {
    const std::string task = "            init-1       [000] d..3.     9.832603: ";
    const std::string marks[] = {task + "tracing_mark_write: CAP-SNAP-MOD-1\n", task + "tracing_mark_write: CAP-SNAP-MOD-2\n"};
    const std::string alloc = task + "mm_page_alloc: page=1 pfn=0x400 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n";
    const std::string zone = "FREELISTS now\nZONE n0 DMA start_pfn=1 spanned=4095 present=3998 managed=3840 wmark=2,4,6 boost=0 "
                             "nr_free_highatomic_reserved=0 flags=0 lowmem_reserve=0,0,0,0,0\nPCPSET n0 DMA cpu0 count=0 high=12 batch=1\n";
    file("uname.txt", "Linux (none) 6.1.0-50-amd64 #1 SMP Debian x86_64 GNU/Linux\n");
    const std::string trace = file("trace.txt", marks[0] + alloc + marks[1]);
    const Answer alone = call("conform " + trace);
    EXPECT_EQ(alone.status, 1);
    EXPECT_NE(alone.error.find("capmod-snaps.txt"), std::string::npos) << alone.error;

    const std::string snapshots = file("capmod-snaps.txt", zone + "FL n0 DMA o1 t0: 1024\nEND\n" + zone + "FL n0 DMA o0 t0: 1025\nEND\n");
    for (const std::string& named : {trace, snapshots}) {
        const Answer answer = call("conform " + named);
        EXPECT_EQ(answer.status, 0) << answer.error;
        EXPECT_EQ(last_line(answer.out), "1 of 1 frames free as in the kernel's snapshot");
    }
    file("trace.txt", marks[0] + alloc + alloc + marks[1]);
    const Answer twice = call("conform " + snapshots);
    EXPECT_EQ(twice.status, 1);
    EXPECT_NE(twice.out.find(trace + ":3: "), std::string::npos) << twice.out;

    file("capmod-snaps.txt", zone + "FL n0 DMA o1 t0: 1024\n");
    const Answer broken = call("conform " + trace);
    EXPECT_EQ(broken.status, 1);
    EXPECT_TRUE(broken.error.starts_with(snapshots + ":")) << broken.error;
}

TEST_F(Cli, conform_needs_a_version_and_a_known_format) {
    EXPECT_EQ(call("conform " + file("golden.txt", kGolden)).status, 1);
    EXPECT_EQ(call("conform --kernel 6.12 " + file("golden.txt", kGolden)).status, 0);
    EXPECT_EQ(call("conform --kernel 2.4 " + file("golden.txt", kGolden)).status, 1);
    const Answer answer = call("conform --kernel 6.12 " + file("other.txt", "hello\n"));
    EXPECT_EQ(answer.status, 1);
    EXPECT_FALSE(answer.error.empty());
    EXPECT_EQ(last_line(answer.out), "0 of 0 events as the kernel's");
}

}  // namespace
}  // namespace mmscope
