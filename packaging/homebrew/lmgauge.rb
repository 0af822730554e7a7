# brew install --build-from-source ./packaging/homebrew/lmgauge.rb
#
# url and sha256 are those of the archive that "make dist" makes of a release;
# the address is the repository's, once it has one.  Its syntax is checked by
# the tests.  Only a Mac can confirm: that the formula's libraries are found by
# pkg-config, that "brew audit --strict --new" has nothing to say, and its test.
class Lmgauge < Formula
  desc "Measure a local LLM server, and decide between formats of a model"
  homepage "https://github.com/lmgauge/lmgauge"
  url "https://github.com/lmgauge/lmgauge/releases/download/v0.1.0/lmgauge-0.1.0.tar.gz"
  sha256 "0000000000000000000000000000000000000000000000000000000000000000"
  license "MIT"
  head "https://github.com/lmgauge/lmgauge.git", branch: "main"

  depends_on "pkg-config" => :build
  depends_on "cjson"
  depends_on "cmark-gfm"
  depends_on "curl"
  depends_on "gnuplot"
  depends_on "jq"
  depends_on "libmd"
  depends_on "libyaml"

  def install
    system "make", "all"
    system "make", "install", "PREFIX=#{prefix}"
  end

  test do
    assert_match "lmgauge #{version}", shell_output("#{bin}/lmgauge --version")
    system bin/"lmsdrive", "plan", pkgshare/"config/suite.yaml"
  end
end
