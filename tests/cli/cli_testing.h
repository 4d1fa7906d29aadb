// The native command called from outside, in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "play/import.h"
#include "shared_folder.h"

namespace mmscope {

struct Answer {
    int status = 0;
    std::string out;
    std::string error;
};

// A folder of this test's own, gone when the test ends.
class Cli : public testing::Test {
protected:
    Cli() {
        std::string name = (std::filesystem::temp_directory_path() / "mmscope-cli-XXXXXX").string();
        folder_ = mkdtemp(name.data());
    }
    ~Cli() override { std::filesystem::remove_all(folder_); }

    std::string file(const std::string& name, const std::string& text) const {
        std::ofstream(folder_ / name, std::ios::binary) << text;
        return (folder_ / name).string();
    }
    Answer call(const std::string& arguments) const {
        const std::filesystem::path out = folder_ / "out";
        const std::filesystem::path error = folder_ / "error";
        const std::string command = std::string(MMSCOPE_CLI) + " " + arguments + " >" + out.string() + " 2>" + error.string();
        const int status = std::system(command.c_str());
        return {WEXITSTATUS(status), test::read_file(out), test::read_file(error)};
    }
    // zoneinfo and buddyinfo of a machine of which so many frames are in use, as files; returned as arguments.
    std::string proc_files(u32 used = 0) const {
        auto machine = Machine::build({});
        Trace nobody;
        for (u32 at = 0; at < used; ++at) machine->apply(AllocPages{PageCall::alloc_pages, {gfp::kKernel}, {0}}, at + 1, 0, nobody);
        return file("zoneinfo", print_zoneinfo(zoneinfo_of(*machine))) + " " + file("buddyinfo", print_buddyinfo(buddyinfo_of(*machine)));
    }

    // The text gzipped, without the last `missing` bytes.
    std::string packed(const std::string& name, const std::string& text, std::size_t missing) const {
        const std::string path = (folder_ / name).string();
        const std::string command = "gzip -c " + file(name + ".plain", text) + " >" + path;
        EXPECT_EQ(std::system(command.c_str()), 0);
        std::filesystem::resize_file(path, std::filesystem::file_size(path) - missing);
        return path;
    }

    std::filesystem::path folder_;
};

inline constexpr const char* kScript =
    "#!mm 1\n"
    "a = alloc_pages(GFP_KERNEL, 8)\n"
    "mark \"got\"\n"
    "note \"a block\"\n"
    "__free_pages(a, 8)\n";

inline std::string last_line(const std::string& text) {
    const std::size_t end = text.find_last_not_of('\n');
    const std::size_t start = text.rfind('\n', end);
    return text.substr(start == std::string::npos ? 0 : start + 1, end - (start == std::string::npos ? 0 : start + 1) + 1);
}

}  // namespace mmscope
