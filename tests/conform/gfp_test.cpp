// Every mask that the captured kernels printed: names and numbers mean the same, both ways.
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <set>

#include "mm/gfp.h"
#include "shared_folder.h"

namespace mmscope {
namespace {

namespace fs = std::filesystem;

// A machine's folder is named amd64-6.12-1G-mod, or i386-686-1G: those ran 6.1.
const Profile& profile_of(const fs::path& kernels, const fs::path& file) {
    const std::string machine = fs::relative(file, kernels).begin()->string();
    const std::string version = machine.starts_with("amd64-") ? machine.substr(6, machine.find('-', 6) - 6) : "6.1";
    const ProfileChoice choice = profile_for(version);
    EXPECT_TRUE(choice.is_exact) << machine;
    return choice.profile != nullptr ? *choice.profile : profile_6_12();
}

// Calls `line` with every line of a file, through gzip where it is packed.
template <class Line>
void each_line(const fs::path& path, Line line) {
    const std::string command = std::string(path.extension() == ".gz" ? "gzip -dc" : "cat") + " '" + path.string() + "'";
    FILE* pipe = popen(command.c_str(), "r");
    ASSERT_NE(pipe, nullptr) << command;
    char text[4096];
    while (std::fgets(text, sizeof text, pipe) != nullptr) line(std::string_view(text));
    EXPECT_EQ(pclose(pipe), 0) << command;
}

std::vector<fs::path> captures(const fs::path& kernels, std::string_view in_folder, std::string_view name) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::recursive_directory_iterator(kernels)) {
        const fs::path inside = fs::relative(entry.path(), kernels);
        if (!entry.is_regular_file() || inside.begin()->string().find(in_folder) == std::string::npos) continue;
        if (name.empty() || entry.path().filename() == name) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

TEST(GfpCaptures, every_mask_of_every_trace_is_read_and_printed_back) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const fs::path kernels = *shared / "fixtures" / "kernels";
    std::set<std::pair<const Profile*, std::string>> masks;
    for (const fs::path& path : captures(kernels, "", "trace.txt.gz")) {
        const Profile& profile = profile_of(kernels, path);
        each_line(path, [&](std::string_view line) {
            constexpr std::string_view kField = "gfp_flags=";
            const std::size_t at = line.find(kField);
            if (at == std::string_view::npos) return;
            const std::string_view rest = line.substr(at + kField.size());
            masks.emplace(&profile, rest.substr(0, rest.find_first_of(" \n")));
        });
    }
    EXPECT_GT(masks.size(), 40U);
    for (const auto& [profile, text] : masks) {
        const GfpReading reading = gfp_from_text(text, *profile);
        EXPECT_TRUE(reading.is_whole()) << text << ": " << reading.unknown_name;
        EXPECT_EQ(gfp_to_text(reading.mask, *profile), text) << profile->name;
        EXPECT_EQ(gfp_from_value(gfp_value(reading.mask, *profile), *profile).mask, reading.mask) << text;
    }
}

// "mode:0xcc0(GFP_KERNEL)", "gfp_mask=0x140dca(...)".
TEST(GfpCaptures, every_number_in_a_report_is_the_number_of_its_names) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const fs::path kernels = *shared / "fixtures" / "kernels";
    std::vector<fs::path> reports = captures(kernels, "-oom-", "");
    const std::vector<fs::path> failures = captures(kernels, "-paf", "");
    reports.insert(reports.end(), failures.begin(), failures.end());
    std::map<std::string_view, u32> count;
    for (const fs::path& path : reports) {
        const Profile& profile = profile_of(kernels, path);
        each_line(path, [&](std::string_view line) {
            for (const std::string_view field : {"mode:0x", "gfp_mask=0x"}) {
                const std::size_t at = line.find(field);
                if (at == std::string_view::npos) continue;
                const std::string_view rest = line.substr(at + field.size());
                const std::size_t open = rest.find('(');
                ASSERT_NE(open, std::string_view::npos) << line;
                const u32 number = static_cast<u32>(std::stoul(std::string(rest.substr(0, open)), nullptr, 16));
                const std::string text(rest.substr(open + 1, rest.find(')') - open - 1));
                const GfpReading named = gfp_from_text(text, profile);
                const GfpReading numbered = gfp_from_value(number, profile);
                EXPECT_TRUE(named.is_whole() && numbered.is_whole()) << path << ": " << line;
                EXPECT_EQ(gfp_value(named.mask, profile), number) << path << ": " << line;
                EXPECT_EQ(gfp_to_text(numbered.mask, profile), text) << path << ": " << line;
                ++count[profile.name];
            }
        });
    }
    EXPECT_GT(count["6.1"], 20U);
    EXPECT_GT(count["6.12"], 5U);
    EXPECT_GT(count["7.2"], 0U);
}

// "GFP values: GFP_KERNEL=0xcc0 GFP_ATOMIC=0xa20 ...", printed by a module in the kernel itself.
TEST(GfpCaptures, every_flag_has_the_value_that_the_kernel_says_it_has) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const fs::path kernels = *shared / "fixtures" / "kernels";
    u32 values = 0;
    for (const fs::path& path : captures(kernels, "-mod", "layout.txt")) {
        const Profile& profile = profile_of(kernels, path);
        each_line(path, [&](std::string_view line) {
            if (!line.starts_with("GFP values:")) return;
            for (std::size_t equals = line.find('='); equals != std::string_view::npos; equals = line.find('=', equals + 1)) {
                const std::size_t first = line.rfind(' ', equals) + 1;
                const std::string name(line.substr(first, equals - first));
                const u32 number = static_cast<u32>(std::stoul(std::string(line.substr(equals + 1, 10)), nullptr, 16));
                const auto mask = gfp_from_name(name, profile);
                ASSERT_TRUE(mask) << name;
                EXPECT_EQ(gfp_value(*mask, profile), number) << path << ": " << name;
                EXPECT_EQ(gfp_from_value(number, profile).mask, *mask) << path << ": " << name;
                ++values;
            }
        });
    }
    EXPECT_GE(values, 4U * 35);
}

// sizeof_page of "LAYOUT ... sizeof_page=64 ...".
TEST(GfpCaptures, struct_page_has_the_size_that_the_kernel_says_it_has) {
    const auto shared = test::shared_folder();
    if (!shared) return;
    const fs::path kernels = *shared / "fixtures" / "kernels";
    for (const fs::path& path : captures(kernels, "-mod", "layout.txt")) {
        const std::string text = test::read_file(path);
        const Arch arch = text.find("BITS=64") != std::string::npos ? Arch::x86_64 : Arch::x86_32;
        const u32 bytes = static_cast<u32>(std::stoul(text.substr(text.find("sizeof_page=") + 12)));
        EXPECT_EQ(profile_of(kernels, path).struct_page_bytes(arch), bytes) << path;
    }
}

}  // namespace
}  // namespace mmscope
