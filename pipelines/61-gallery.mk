# The README's pictures, from a run of the demo and one of the real engine.

#: make gallery          measure the demo and the engine, write the README's pictures to docs/

GALLERY := build/gallery
.PHONY: gallery
gallery:
	@rm -rf $(GALLERY)
	@$(MAKE) --no-print-directory demo RESULTS=$(GALLERY)/demo
	@$(MAKE) --no-print-directory test-engine RESULTS=$(GALLERY)/engine
	@mkdir -p docs; \
	for run in demo engine; do for plot in speed memory-2 leak-2; do \
	    for svg in $(GALLERY)/$$run/*/plots/$$plot.svg; do \
	        [ -e "$$svg" ] || continue; \
	        cp "$$svg" docs/$$run-$${plot%-[0-9]}.svg.tmp; mv docs/$$run-$${plot%-[0-9]}.svg.tmp docs/$$run-$${plot%-[0-9]}.svg; \
	    done; \
	done; done; ls docs
