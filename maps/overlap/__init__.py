"""Pictures that overlap: what the ground they share says about their cameras' poses. Points in, figures out."""
