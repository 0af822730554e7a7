# The real engine: llama.cpp (the npm package node-llama-cpp) behind LM
# Studio's API, with models of random weights that are written here.
# Everything it needs is under build/engine; nothing but npm packages is
# downloaded, and no install script of theirs is run.

#: make test-engine      the complete suite on a real inference engine (Node, npm)
#: make engine-serve     only that engine's server, PORT=1234, until Ctrl-C

ENGINE := build/engine
ENGINE_NODE := $(ENGINE)/node
# What runs the engine where the installed Node is too old for it (Debian 12).
ENGINE_NODE_VERSION := 20.20.2
PORT ?= 1234

.PHONY: engine engine-serve test-engine test-engine-run
engine: $(ENGINE)/models/models.json

# The prebuilt engine of this platform is a package of its own, named here
# because the optional packages (those of all platforms) are left out.
# $(ENGINE_NODE) is a link to the Node in use.
$(ENGINE)/installed: tests/engine/package.json
	@command -v node >/dev/null && command -v npm >/dev/null \
	    || { echo "make: the engine needs Node and npm: install them, or run make packages TEST_PACKAGES=1" >&2; exit 4; }
	@mkdir -p $(@D); rm -f $(ENGINE_NODE); cp $< $(@D)/package.json; echo package-lock=false >$(@D)/.npmrc
	@cd $(@D); at=$$(node -p 'process.platform.replace("darwin", "mac") + "-" + process.arch'); \
	case $$at in mac-arm64) at+=-metal ;; esac; \
	version=$$(node -p 'require("./package.json").dependencies["node-llama-cpp"]'); \
	node=; bin=$$(command -v node); \
	if ! node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 11) ? 0 : 1)'; then \
	    node=$$(node -p '"node-" + process.platform + "-" + process.arch'); \
	    bin=node_modules/$$node/bin/node; node+=@$(ENGINE_NODE_VERSION); \
	fi; \
	echo "installing node-llama-cpp $$version for $$at into $(@D)"; \
	npm install --fetch-retries=1 --omit=optional --ignore-scripts --no-save --no-audit --no-fund --loglevel=error \
	    node-llama-cpp@$$version @node-llama-cpp/$$at@$$version $$node >install.log 2>&1 \
	    || { echo "make: npm could not install the engine: $$(grep -m 1 -E '^npm (error|ERR!)' install.log || tail -n 1 install.log)" >&2; exit 4; }; \
	ln -s "$$bin" node; touch $(@F)

$(ENGINE)/models/models.json: tests/engine/models.mjs tests/engine/gguf.mjs src/lib/wordlist.c $(ENGINE)/installed
	@echo "writing models of random weights into $(@D)"
	@$(ENGINE_NODE) tests/engine/models.mjs src/lib/wordlist.c $(@D)

engine-serve: engine
	@$(call a_number,PORT); exec $(ENGINE_NODE) tests/engine/server.mjs --port "$$PORT"

test-engine:
	@$(MAKE) --no-print-directory -j2 all engine
	$(at)$(steps) exec $(MAKE) --no-print-directory test-engine-run

test-engine-run:
	$(at)$(steps) work=$$(mktemp -d $(ENGINE)/run.XXXXXX) || exit 4; stay; \
	serve $(ENGINE_NODE) tests/engine/server.mjs; \
	beside $(again) suite CONFIG=tests/engine/engine.yaml SERVER="$$SERVER"; exit $$rc
