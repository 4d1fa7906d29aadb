// Where the zones of each kind of machine lie: the spans that QEMU's machines printed.
#include <gtest/gtest.h>

#include <sstream>

#include "mm/node.h"
#include "shared_folder.h"

namespace mmscope::test {
namespace {

constexpr u64 kMiB = 256;  // frames
constexpr u64 kGiB = 1024 * kMiB;

struct Span {
    u32 start = 0;
    u32 spanned = 0;
    u32 present = 0;
    friend bool operator==(const Span&, const Span&) = default;
    friend void PrintTo(const Span& span, std::ostream* out) {
        *out << span.start << '/' << span.spanned << '/' << span.present;
    }
};

u32 sum(const std::vector<FrameRange>& ranges) {
    u32 frames = 0;
    for (const FrameRange range : ranges) frames += range.frames;
    return frames;
}

const ZoneLayout& find(const std::vector<ZoneLayout>& layout, ZoneType type, u32 node = 0) {
    for (const ZoneLayout& zone : layout)
        if (zone.type == type && zone.node == node) return zone;
    ADD_FAILURE() << "no such zone";
    return layout.front();
}

Span span_of(const ZoneLayout& zone) { return {zone.start.value, zone.spanned, sum(zone.present)}; }
Span span(Arch arch, u64 frames, ZoneType type, u32 nodes = 1, u32 node = 0) {
    return span_of(find(machine_layout(arch, frames, nodes), type, node));
}
u32 managed(Arch arch, u64 frames, ZoneType type) {
    const std::vector<ZoneLayout> layout = machine_layout(arch, frames, 1);
    return sum(find(layout, type).present) - sum(find(layout, type).reserved);
}

TEST(MachineLayout, has_the_same_dma_zone_on_every_machine) {
    for (const Arch arch : {Arch::x86_64, Arch::x86_32, Arch::x86_32_pae})
        for (const u64 frames : {32 * kMiB, kGiB, 3 * kGiB, 6 * kGiB}) {
            EXPECT_EQ(span(arch, frames, ZoneType::dma), (Span{1, 4095, 3998}));
            EXPECT_EQ(managed(arch, frames, ZoneType::dma), 3840U);
        }
}

TEST(MachineLayout, begins_highmem_where_the_kernel_does) {
    const auto start = [](const Profile& profile, Arch arch) {
        return find(machine_layout(arch, kGiB, 1, profile), ZoneType::highmem).start.value;
    };
    EXPECT_EQ(start(profile_2_6(), Arch::x86_32), 229376U) << "896 MiB, as the classic texts say";
    EXPECT_EQ(start(profile_6_1(), Arch::x86_32), 224254U);
    EXPECT_EQ(start(profile_6_1(), Arch::x86_32_pae), 225278U);
}

TEST(MachineLayout, puts_all_ram_below_four_gigabytes_into_dma32) {
    EXPECT_EQ(span(Arch::x86_64, kGiB, ZoneType::dma32), (Span{4096, 258013, 258013}));
    EXPECT_EQ(span(Arch::x86_64, kGiB, ZoneType::normal), (Span{0, 0, 0}));
    EXPECT_EQ(span(Arch::x86_64, 3 * kGiB, ZoneType::normal), (Span{0, 0, 0}));
}

// From 3.5 GiB on: 3 GiB low, the PCI hole, the rest from 4 GiB.
TEST(MachineLayout, leaves_the_pci_hole_in_dma32_of_a_large_machine) {
    EXPECT_EQ(span(Arch::x86_64, 6 * kGiB, ZoneType::dma32), (Span{4096, 1044480, 782301}));
    EXPECT_EQ(span(Arch::x86_64, 6 * kGiB, ZoneType::normal), (Span{1048576, 786432, 786432}));
    EXPECT_EQ(span(Arch::x86_64, 7 * kGiB / 2, ZoneType::normal), (Span{1048576, 131072, 131072}));
    EXPECT_EQ(span(Arch::x86_64, 7 * kGiB / 2 - 1, ZoneType::normal), (Span{0, 0, 0}));
}

TEST(MachineLayout, starts_highmem_where_the_kernels_map_ends) {
    EXPECT_EQ(span(Arch::x86_32, kGiB, ZoneType::normal), (Span{4096, 224254 - 4096, 224254 - 4096}));
    EXPECT_EQ(span(Arch::x86_32, kGiB, ZoneType::highmem), (Span{224254, 37855, 37855}));
    EXPECT_EQ(span(Arch::x86_32_pae, 2 * kGiB, ZoneType::highmem),
              (Span{225278, 2 * 262144 - 35 - 225278, 2 * 262144 - 35 - 225278}));
    EXPECT_EQ(span(Arch::x86_32, 512 * kMiB, ZoneType::highmem), (Span{0, 0, 0}));
    EXPECT_EQ(span(Arch::x86_32, 6 * kGiB, ZoneType::highmem).present, 3U * 262144 - 35 - 224254)
        << "no PAE, nothing from 4 GiB on";
    EXPECT_EQ(span(Arch::x86_32_pae, 6 * kGiB, ZoneType::highmem).present, 6U * 262144 - 35 - 225278);
}

TEST(MachineLayout, gives_node_zero_the_first_four_gigabytes_or_half) {
    EXPECT_EQ(span(Arch::x86_64, 6 * kGiB, ZoneType::dma32, 2), (Span{4096, 1044480, 782301}));
    EXPECT_EQ(span(Arch::x86_64, 6 * kGiB, ZoneType::normal, 2, 0), (Span{1048576, 262144, 262144}));
    EXPECT_EQ(span(Arch::x86_64, 6 * kGiB, ZoneType::normal, 2, 1), (Span{1310720, 524288, 524288}));
    EXPECT_EQ(span(Arch::x86_64, kGiB, ZoneType::dma32, 2, 0), (Span{4096, 131072 - 4096, 131072 - 4096}));
    EXPECT_EQ(span(Arch::x86_64, kGiB, ZoneType::dma32, 2, 1), (Span{131072, 131072 - 35, 131072 - 35}));
}

TEST(MachineLayout, reserves_a_64th_of_each_zone_and_the_kernels_image_in_the_topmost) {
    EXPECT_EQ(managed(Arch::x86_64, 6 * kGiB, ZoneType::dma32), 782301U - 782301 / 64);
    EXPECT_EQ(managed(Arch::x86_64, 6 * kGiB, ZoneType::normal), 786432U - 786432 / 64 - 8192);
    EXPECT_EQ(managed(Arch::x86_64, kGiB, ZoneType::dma32), 258013U - 258013 / 64 - 8192);
}

TEST(MachineLayout, lists_every_zone_of_the_architecture_even_if_empty) {
    EXPECT_EQ(machine_layout(Arch::x86_64, kGiB, 2).size(), 10U);
    EXPECT_EQ(machine_layout(Arch::x86_32, kGiB, 1).size(), 4U);
    EXPECT_EQ(find(machine_layout(Arch::x86_64, kGiB, 1), ZoneType::movable).index, 3);
    EXPECT_EQ(find(machine_layout(Arch::x86_32, kGiB, 1), ZoneType::normal).index, 1);
    EXPECT_EQ(pageblock_order(Arch::x86_64).value, 9);
    EXPECT_EQ(pageblock_order(Arch::x86_32_pae).value, 9);
    EXPECT_EQ(pageblock_order(Arch::x86_32).value, 10);
}

// "Node 0, zone DMA" ... "spanned N" ... "present N" ... "start_pfn: N", zone after zone.
std::vector<Span> spans_in(const std::string& zoneinfo) {
    std::vector<Span> spans;
    std::istringstream lines(zoneinfo);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string word;
        words >> word;
        if (word == "Node" && line.find("zone") != std::string::npos) spans.emplace_back();
        if (word == "spanned") words >> spans.back().spanned;
        if (word == "present") words >> spans.back().present;
        if (word == "start_pfn:") words >> spans.back().start;
    }
    return spans;
}

// The folder's name says what the machine is: amd64-6.12-8G-numa2, i386-686-pae-2G; a folder at rest has no other word.
TEST(MachineLayout, has_the_spans_of_every_real_machine_at_rest) {
    const auto shared = shared_folder();
    if (!shared) return;
    u32 machines = 0;
    for (const auto& folder : std::filesystem::directory_iterator(*shared / "fixtures" / "kernels")) {
        const std::string name = folder.path().filename().string();
        const Arch arch = name.starts_with("amd64")               ? Arch::x86_64
                          : name.find("pae") != std::string::npos ? Arch::x86_32_pae
                                                                  : Arch::x86_32;
        const std::size_t unit = name.find_first_of("GM");
        const std::size_t size = name.rfind('-', unit) + 1;
        const std::string kind = name.substr(unit + 1);
        if (kind != "" && kind != "-numa2" && kind != "-4cpu") continue;  // the others have devices of their own
        const u64 frames = std::stoul(name.substr(size)) * (name[unit] == 'G' ? kGiB : kMiB);
        std::vector<Span> expected;
        for (const ZoneLayout& zone : machine_layout(arch, frames, kind == "-numa2" ? 2 : 1))
            expected.push_back(span_of(zone));
        EXPECT_EQ(spans_in(read_file(folder.path() / "zoneinfo")), expected) << name;
        ++machines;
    }
    EXPECT_EQ(machines, 16U);
}

}  // namespace
}  // namespace mmscope::test
