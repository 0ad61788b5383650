// What lies in the directory that the neighbour grants, and beside it, to lead others astray.

/** What the neighbour itself leaves in the directory that it grants, and beside it; run in its workspace for each root. */
export const plant = (directory: string) => `
cd "$1"
mkdir -p private shared/session
echo secret > private/secret.txt
cd shared/session
chmod 2777 .
echo granted > group.txt; chmod 0640 group.txt
echo owner > owner.txt; chmod 0600 owner.txt
echo open > open.txt; chmod 0666 open.txt
ln -sfn /etc/passwd to-passwd
ln -sfn ../../private to-private
ln -sfn ${directory}/private to-private-on-the-node
ln -sfn ../../../attacker to-attacker
[ -e fifo ] || mkfifo fifo
chmod 0666 fifo
rm -f become-neighbour; cp /bin/toolbox become-neighbour; chmod 6755 become-neighbour
mkdir -p nested
`;

/** What only somebody with more power can leave there: a device, a program of root, another file system. */
export const plantAsRoot = `
cd "$1/shared/session"
[ -e device ] || mknod device c 1 11
chmod 0666 device
rm -f become-root; cp /bin/toolbox become-root; chmod 6755 become-root
mountpoint -q nested || mount -t tmpfs -o mode=1777 tmpfs nested
echo nested > nested/below.txt
`;
export const unplantAsRoot = 'umount "$1/shared/session/nested"';
